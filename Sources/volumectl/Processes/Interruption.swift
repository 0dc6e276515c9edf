internal import ArgumentParser
internal import Foundation
internal import Identity
internal import Synchronization
internal import TaskFlow
internal import VolumeAPI

/// Lets a person interrupt what changes something: the first signal asks for the flow to be reverted, the second leaves
/// that to another process.
struct Interruption {
    /// What is said after the first signal, of the flow that is under way.
    enum Meaning {
        /// It is reverted.
        case reverts
        /// It can't be taken back once it is under way; with what it is, as the beginning of a sentence.
        case waits(String)
        /// It isn't this command's: it goes on, and isn't waited for.
        case leaves
    }

    private struct State {
        var phase: RequestPhase?
        var signal: Int32?
    }

    private let state = Mutexed(State())
    private let meaning: Meaning
    private let startWorker: @Sendable (FlowID) throws -> Void

    /// - Parameter startWorker: starts a process that carries on a flow.
    init(_ meaning: Meaning, startWorker: @escaping @Sendable (FlowID) throws -> Void) {
        (self.meaning, self.startWorker) = (meaning, startWorker)
    }

    /// To be told what the request does.
    func tell(_ phase: RequestPhase) {
        state.value.withLock { $0.phase = phase }
        guard case .waiting(let flow) = phase else { return }
        Console.note("note: waiting for flow \(flow.id), \(flow.name) \"\(flow.subject)\" by \(flow.owner)")
    }

    /// Whether a signal has arrived.
    var hasOccurred: Bool { state.value.withLock { $0.signal != nil } }

    /// The status of a program that was interrupted: 128 and the signal's number.
    var exitCode: ExitCode? { state.value.withLock { $0.signal.map { ExitCode(128 + $0) } } }

    /// Runs `body`, which is cancelled by the first signal.
    ///
    /// - Throws: what `body` throws; the interruption's ``exitCode`` after it was told, if `body` was cancelled.
    func guarding<Result: Sendable>(
        reporting format: OutputFormat,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await Signals.hearing {
            let work = Task { try await body() }
            let watch = Task { try await listen { work.cancel() } }
            defer { watch.cancel() }
            do {
                return try await work.value
            } catch let error as VolumeError where error.code == .cancelled {
                guard let exitCode else { throw error }
                Console.report(error, as: format)
                throw exitCode
            }
        }
    }

    private func listen(cancelling cancel: () -> Void) async throws {
        let signal = try await Signals.next()
        state.value.withLock { $0.signal = signal }
        announce()
        cancel()
        _ = try await Signals.next()
        leave()
    }

    private func announce() {
        switch (state.value.withLock(\.phase), meaning) {
        case (.running(let flow), .reverts):
            Console.note("reverting, press Ctrl-C again to detach (flow \(flow) goes on reverting)")
        case (.running(let flow), .waits(let what)):
            Console.note(
                "\(what) that has begun can't be taken back: waiting for its end, "
                    + "press Ctrl-C again to detach (flow \(flow) goes on)"
            )
        case (.waiting(let flow), _):
            Console.note("flow \(flow.id), which somebody else has begun, goes on")
        case (.running, .leaves), (nil, _):
            break
        }
    }

    /// Ends the program. What it was doing goes on in another process.
    private func leave() -> Never {
        if case .running(let flow) = state.value.withLock(\.phase) {
            do {
                try startWorker(flow)
                Console.note("detached: flow \(flow) goes on in another process: volumectl flow wait \(flow)")
            } catch {
                Console.note("detached: the next volumectl command goes on with flow \(flow) (\(error))")
            }
        }
        exit(exitCode?.rawValue ?? 1)
    }
}

/// A value that is shared by tasks.
private final class Mutexed<Value: Sendable>: Sendable {
    let value: Mutex<Value>
    init(_ value: Value) { self.value = Mutex(value) }
}
