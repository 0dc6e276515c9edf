import Foundation
import Synchronization
import TestKit
import Testing

/// A host with a worker, which is started again whenever it ends, and the processes that faults strike.
final class FaultHost: Sendable {
    let name: String
    /// An SQL pattern of its address.
    var addressPattern: String { "198.%.\(10 + (Int(name.suffix(1)) ?? 0))" }

    /// What executes a program there in its own process, and the variables for that.
    private let (wrapper, variables): ([String], [String: String])
    /// The time of day there; `nil` if it is the machine's.
    let clock: ShiftedClock?
    private let worker = Mutex<Background?>(nil)
    private let command = Mutex<Background?>(nil)
    private let isOver = Mutex(false)

    /// - Parameter text: its configuration.
    init(_ name: String, configuration text: String, database: String, clock: ShiftedClock?) throws {
        (self.name, self.clock) = (name, clock)
        // The program refuses variables with its prefix that it doesn't know.
        let own = ProcessInfo.processInfo.environment.filter { $0.key.hasPrefix("VOLUMECTL_TEST_HOSTS") }
        var wrapper = TestHosts.command(on: name) + ["env"] + own.keys.flatMap { ["-u", $0] }
        wrapper.append("VOLUMECTL_STATE_DIRECTORY=\(ScratchDirectory.path)/\(name)")
        wrapper += clock?.variables ?? []
        let configuration = try Scratch.write(text, to: "\(name).yaml")
        self.wrapper = wrapper
        variables = own.merging(["VOLUMECTL_CONFIG": configuration, "VOLUMECTL_DB": database]) { $1 }
    }

    /// Runs a command there, which faults may strike.
    func run(_ words: [String]) async throws -> FaultRun {
        let process = try Background(words, with: variables, under: wrapper)
        command.withLock { $0 = process }
        let status = await process.status()
        command.withLock { $0 = nil }
        return FaultRun(words: words, status: status, output: try process.output, errors: try process.errors)
    }

    /// Keeps a worker running until ``end()``, and returns the workers' messages of an unexpected end.
    func work() async throws -> [String] {
        var problems: [String] = []
        while !isOver.withLock({ $0 }) {
            let process = try Background([], with: variables, program: "volumed", under: wrapper)
            worker.withLock { $0 = process }
            if isOver.withLock({ $0 }) { process.send(SIGKILL) }
            let status = await process.status()
            // 1: it was replaced, or there was no server; `nil`: it was killed.
            if let status, status > 1 {
                problems.append("volumed of \(name) exits with \(status): \(try process.errors)")
            }
            if status != nil { try await Task.sleep(for: .milliseconds(100)) }
        }
        return problems
    }

    func end() {
        isOver.withLock { $0 = true }
        for process in [worker.withLock(\.self), command.withLock(\.self)] { process?.send(SIGKILL) }
    }

    func sendToWorker(_ signal: Int32) { worker.withLock(\.self)?.send(signal) }

    func sendToCommand(_ signal: Int32) { command.withLock(\.self)?.send(signal) }
}

/// A command that has ended.
struct FaultRun: CustomStringConvertible {
    let words: [String]
    /// `nil` if it was killed.
    let status: Int32?
    let output: String
    let errors: String

    var description: String { "\(words.joined(separator: " ")) exits with \(status ?? -1): \(output)\(errors)" }
}
