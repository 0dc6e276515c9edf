import ArgumentParser
import Foundation
import SQL
import SQLStore
import SQLite
import TaskFlow

/// The form of a flow that is measured.
struct Shape {
    let name: String
    let count: Int
    var isUnordered = false
    var layerCount = 1

    static let linear = [10, 100, 1000, 10_000, 100_000].map { Shape(name: "linear \($0)", count: $0) }
    static let layers = Shape(name: "10 layers of 100", count: 1000, isUnordered: true, layerCount: 10)

    static func unordered(_ count: Int) -> Shape { Shape(name: "unordered \(count)", count: count, isUnordered: true) }

    func flow(of step: some Atom) throws -> Flow<Nothing> {
        let steps = (0..<count).map { Step(step, named: "\($0)") as any FlowPart }
        guard isUnordered else { return try Flow("bench", steps: { steps }) }
        let size = count / layerCount
        return try Flow("bench") {
            (0..<layerCount)
                .map { layer in
                    UnorderedFlow("layer \(layer)") { Array(steps[layer * size..<(layer + 1) * size]) } as any FlowPart
                }
        }
    }
}

/// A pure step that does nothing.
struct NoOperation: PureTask {
    static let name = "no-operation"

    func execute(_ input: Nothing) async throws -> Nothing { input }
}

/// An external step that does nothing.
struct TouchingNothing: FlowTask {
    static let name = "touching-nothing"

    func execute(_ input: Nothing) async throws -> Nothing { input }
}

/// A step with something to undo.
struct Undone: RevertibleTask {
    static let name = "undone"

    func execute(_ input: Nothing) async throws -> Nothing { input }
    func revert(_ input: Nothing, after outcome: Outcome<Nothing>) async throws {}
}

/// A step that fails.
struct Failing: FlowTask {
    struct Failed: Error {}
    static let name = "failing"

    func execute(_ input: Nothing) async throws -> Nothing { throw Failed() }
}

enum Rows {
    static let schema = Schema(
        name: "bench",
        steps: ["CREATE TABLE bench_row (number INTEGER PRIMARY KEY, text TEXT) STRICT"]
    )
}

/// Leaves interrupted flows: the process dies when all of them are in their third step of six.
struct InterruptedFlows: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "interrupted", shouldDisplay: false)

    @Argument var database: String
    @Argument var count: Int

    /// - Parameter arrivals: told by each flow that has come to its third step, where it stays.
    static func flow(stopping arrivals: AsyncStream<Void>.Continuation?) throws -> Flow<Nothing> {
        try Flow("interrupted") {
            (0..<2).map { Step(TouchingNothing(), named: "\($0)") as any FlowPart }
            Step("stop") {
                guard let arrivals else { return }
                arrivals.yield()
                try await Task.sleep(for: .seconds(86_400))
            }
            (3..<6).map { Step(TouchingNothing(), named: "\($0)") as any FlowPart }
        }
    }

    func run() async throws {
        let (arrived, arrivals) = AsyncStream<Void>.makeStream()
        let store = try SQLStore(SQLiteDatabase(path: database))
        let flow = try Self.flow(stopping: arrivals)
        for _ in 0..<count { Task { try await Engine(flow, request: Nothing(), in: store).run() } }
        var remaining = count
        for await _ in arrived {
            remaining -= 1
            if remaining == 0 { kill(getpid(), SIGKILL) }
        }
    }
}

/// Runs a flow with this number of steps, and returns its peak memory in bytes.
struct AtomMemory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "atom-memory", shouldDisplay: false)

    @Argument var count: Int

    func run() async throws {
        let flow = try Shape(name: "", count: count).flow(of: NoOperation())
        try await Engine(flow, request: Nothing(), in: MemoryStore()).run()
        // Not by getrusage, which counts what the process was before it became this program.
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        let kibibytes = line.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0
        print(kibibytes * 1024)
    }
}
