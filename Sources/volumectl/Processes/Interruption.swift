internal import ArgumentParser
internal import Foundation
internal import Identity
internal import Synchronization
internal import TaskFlow
internal import VolumeAPI

/// Lets a person interrupt a command: the first signal requests that the flow be reverted, the second leaves that to
/// another process.
struct Interruption {
    /// The effect of the first signal on the running flow.
    enum Meaning {
        /// It is reverted.
        case reverts
        /// It can't be reverted after it has started; with the name of the operation, such as "a removal".
        case waits(String)
        /// It belongs to another command, so it continues.
        case leaves
    }

    private struct State {
        var phase: RequestPhase?
        var signal: Int32?
    }

    private let state = Mutexed(State())
    private let meaning: Meaning
    private let startWorker: @Sendable (FlowID) throws -> Void

    /// - Parameter startWorker: starts a process that runs a flow.
    init(_ meaning: Meaning, startWorker: @escaping @Sendable (FlowID) throws -> Void) {
        (self.meaning, self.startWorker) = (meaning, startWorker)
    }

    /// Notes the request's phase.
    func tell(_ phase: RequestPhase) {
        if case .transferring = phase { return }
        state.value.withLock { $0.phase = phase }
        switch phase {
        case .waiting(let flow):
            Console.note("note: waiting for flow \(flow.id), \(flow.name) \"\(flow.subject)\" by \(flow.owner)")
        case .handedOver(let flow, let place, let problem?):
            Console.note(
                "warning: flow \(flow) waits for \(place): \(problem); start volumed there, "
                    + "or revert the flow: volumectl flow cancel \(flow)"
            )
        case .handedOver, .running, .transferring: break
        }
    }

    var hasOccurred: Bool { state.value.withLock { $0.signal != nil } }

    /// The exit status of an interrupted program: 128 plus the signal's number.
    var exitCode: ExitCode? { state.value.withLock { $0.signal.map { ExitCode(128 + $0) } } }

    /// Runs `body`, which the first signal cancels.
    ///
    /// - Throws: what `body` throws; ``exitCode`` if `body` was cancelled, after the interruption has been reported.
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
        case (.running(let flow), .reverts), (.handedOver(let flow, _, _), .reverts):
            Console.note("reverting, press Ctrl-C again to detach (flow \(flow) goes on reverting)")
        case (.running(let flow), .waits(let what)), (.handedOver(let flow, _, _), .waits(let what)):
            Console.note(
                "\(what) that has begun can't be taken back: waiting for its end, "
                    + "press Ctrl-C again to detach (flow \(flow) goes on)"
            )
        case (.waiting(let flow), _):
            Console.note("flow \(flow.id) of another command goes on")
        case (.running, .leaves), (.handedOver, .leaves), (.transferring, _), (nil, _):
            break
        }
    }

    /// Ends the program while another process continues its work.
    private func leave() -> Never {
        switch state.value.withLock(\.phase) {
        case .handedOver(let flow, let place, _):
            Console.note("detached: flow \(flow) goes on at \(place): volumectl flow wait \(flow)")
        case .running(let flow):
            do {
                try startWorker(flow)
                Console.note("detached: flow \(flow) goes on in another process: volumectl flow wait \(flow)")
            } catch {
                Console.note("detached: the next volumectl command goes on with flow \(flow) (\(error))")
            }
        case .waiting, .transferring, nil: break
        }
        exit(exitCode?.rawValue ?? 1)
    }
}

private final class Mutexed<Value: Sendable>: Sendable {
    let value: Mutex<Value>
    init(_ value: Value) { self.value = Mutex(value) }
}
