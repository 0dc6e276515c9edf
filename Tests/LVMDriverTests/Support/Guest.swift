import Foundation
import Programs
import Synchronization
import Testing

/// A guest kernel with device-mapper, started for one command and gone with it.
enum Guest {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path
    private static let scripts = package + "/Scripts/guest"
    private static let environment = ProcessInfo.processInfo.environment.filter {
        ["HOME", "XDG_CACHE_HOME", "VOLUMECTL_GUEST_CACHE", "TMPDIR"].contains($0.key)
    }

    /// Whether there is a kernel to start.
    static var isPrepared: Bool {
        get async throws {
            let call = ProgramCall(scripts + "/prepare", ["--if-installed"], environment: environment)
            return try await SystemPrograms().run(call).isSuccess
        }
    }

    /// The program, which is built beside the tests.
    private static let volumectl: String? = {
        var directory = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        while directory.path != "/" {
            let program = directory.appending(path: "volumectl").path
            var isDirectory: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: program, isDirectory: &isDirectory)
            if exists && !isDirectory.boolValue { return program }
            directory.deleteLastPathComponent()
        }
        return nil
    }()

    /// A guest is busy all the time, on one processor.
    private static let gate = Gate(width: max(1, ProcessInfo.processInfo.activeProcessorCount))

    /// Runs a script of `Tests/LVMDriverTests/Guest` there, which is given the program and `arguments`, and has to succeed.
    ///
    /// - Returns: what it wrote.
    @discardableResult
    static func run(_ script: String, _ arguments: [String], minutes: Int) async throws -> String {
        let volumectl = try #require(volumectl)
        await gate.enter()
        defer { gate.leave() }
        let path = package + "/Tests/LVMDriverTests/Guest/" + script
        let call = ProgramCall(
            scripts + "/run",
            ["--disk", "2G", "--timeout", "\(minutes * 60)", "--", path, volumectl] + arguments,
            environment: environment,
            timeLimit: .seconds(minutes * 60 + 30)
        )
        let result = try await SystemPrograms().run(call)
        #expect(result.isSuccess, "\(result.status)\n\(result.output)\n\(result.messages)")
        return result.output
    }
}

/// Lets in so many at once; the others wait their turn.
private final class Gate: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(width: Int) { state = Mutex(State(free: width)) }

    func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free == 0 else {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
