internal import Synchronization

/// The states of an engine (`taskflow: engine state machine`).
public enum EngineState: String, Sendable, Hashable, CaseIterable {
    case undefined = "UNDEFINED"
    case resuming = "RESUMING"
    case scheduling = "SCHEDULING"
    case waiting = "WAITING"
    case analyzing = "ANALYZING"
    case gameOver = "GAME_OVER"
    case success = "SUCCESS"
    case failure = "FAILURE"
    case reverted = "REVERTED"
    case suspended = "SUSPENDED"

    /// The states that may follow this one.
    public var successors: Set<EngineState> {
        switch self {
        case .undefined: [.resuming]
        case .resuming: [.scheduling]
        case .scheduling: [.waiting]
        case .waiting: [.analyzing]
        case .analyzing: [.scheduling, .waiting, .gameOver]
        case .gameOver: [.success, .failure, .reverted, .suspended]
        case .success, .failure, .reverted, .suspended: []
        }
    }

    init?(_ state: FlowState) {
        switch state {
        case .success: self = .success
        case .reverted: self = .reverted
        case .suspended: self = .suspended
        default: return nil
        }
    }
}

extension Engine {
    /// Runs the flow one engine state at a time: the engine pauses until the next state is asked for (`taskflow:
    /// run_iter`).
    ///
    /// ```swift
    /// for try await state in engine.states() { print(state) }  // RESUMING, SCHEDULING, WAITING, ANALYZING, ...
    /// ```
    ///
    /// After the last state, the sequence throws what ``run()`` would throw. Discarding the iterator, or cancelling its
    /// task, suspends the flow.
    public nonisolated func states() -> EngineStates<Store> { EngineStates(engine: self) }
}

/// The sequence of an engine's states, which runs the engine as they are asked for.
public struct EngineStates<Store: FlowStore>: AsyncSequence, Sendable {
    let engine: Engine<Store>

    /// Creates an iterator that begins to run the flow when it is asked for the first state.
    public func makeAsyncIterator() -> Iterator { Iterator(engine) }

    /// Returns one state after another.
    public final class Iterator: AsyncIteratorProtocol {
        private let engine: Engine<Store>
        private let pacer = Pacer()
        private var states: AsyncStream<EngineState>.Iterator
        private var run: Task<Void, any Error>?

        init(_ engine: Engine<Store>) {
            self.engine = engine
            states = pacer.states.makeAsyncIterator()
        }

        deinit {
            if run != nil { engine.suspend() }
            pacer.letGo()
        }

        /// Returns the next state of the engine; `nil` when the run is at rest.
        ///
        /// - Throws: what ``Engine/run()`` throws.
        public func next() async throws -> EngineState? {
            let run = goOn()
            if let state = await states.next(isolation: #isolation) { return state }
            if Task.isCancelled {
                run.cancel()
                pacer.letGo()
            }
            try await run.value
            return nil
        }

        private func goOn() -> Task<Void, any Error> {
            if let run {
                pacer.goOn()
                return run
            }
            let run = Task { [engine, pacer] in
                defer { pacer.close() }
                try await engine.run(pacedBy: pacer)
            }
            self.run = run
            return run
        }
    }
}

/// Holds an engine at each state until the next is asked for.
final class Pacer: Sendable {
    let states: AsyncStream<EngineState>
    private let reached: AsyncStream<EngineState>.Continuation
    private let asked: AsyncStream<Void>
    private let asking: AsyncStream<Void>.Continuation
    private let round = Mutex((remaining: 0, isFirst: true))

    init() {
        (states, reached) = AsyncStream.makeStream()
        (asked, asking) = AsyncStream.makeStream()
    }

    /// Lets the engine continue to its next state.
    func goOn() { asking.yield() }

    /// Lets the engine run without further pauses.
    func letGo() { asking.finish() }

    /// Ends the sequence of states.
    func close() { reached.finish() }

    /// Yields `state`, and waits until the next state is asked for.
    func reach(_ state: EngineState) async {
        reached.yield(state)
        for await _ in asked { return }
    }

    /// Begins a round of `count` steps, unless one is under way.
    func beginRound(of count: Int) async {
        guard round.withLock({ $0.remaining == 0 }) else { return }
        round.withLock { $0 = (count, false) }
        await reach(.scheduling)
        await reach(.waiting)
    }

    /// Records that one step of the round has been performed.
    func performed() async {
        let isOver = round.withLock { round in
            round.remaining -= 1
            return round.remaining == 0
        }
        if isOver { await reach(.analyzing) }
    }

    func end(in state: FlowState) async {
        if round.withLock(\.isFirst) {
            for state in [EngineState.scheduling, .waiting, .analyzing] { await reach(state) }
        }
        if let state = EngineState(state) { await reach(state) }
    }
}
