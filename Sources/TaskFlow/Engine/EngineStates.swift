internal import Synchronization

/// What an engine is doing (`taskflow: engine state machine`).
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
    /// Runs the flow a state at a time: the engine stands still until the next state is asked for
    /// (`taskflow: run_iter`).
    ///
    /// ```swift
    /// for try await state in engine.states() { print(state) }  // RESUMING, SCHEDULING, WAITING, ANALYZING, ...
    /// ```
    ///
    /// What is thrown is what ``run()`` would throw, after the last state. Who stops asking, or is cancelled, suspends the
    /// flow.
    public nonisolated func states() -> EngineStates<Store> { EngineStates(engine: self) }
}

/// The states of an engine that runs as they are asked for.
public struct EngineStates<Store: FlowStore>: AsyncSequence, Sendable {
    let engine: Engine<Store>

    /// Begins to run the flow when it is asked for the first state.
    public func makeAsyncIterator() -> Iterator { Iterator(engine) }

    /// Asks for one state after the other.
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

        /// The state that the engine has come to; `nil` when it has come to rest.
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

/// Holds an engine at each state until somebody asks for the next.
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

    /// Lets the engine come to its next state.
    func goOn() { asking.yield() }

    /// Holds the engine no more.
    func letGo() { asking.finish() }

    /// There are no more states.
    func close() { reached.finish() }

    /// Tells of `state`, and stays there.
    func reach(_ state: EngineState) async {
        reached.yield(state)
        for await _ in asked { return }
    }

    /// A number of steps is about to be performed.
    func beginRound(of count: Int) async {
        guard round.withLock({ $0.remaining == 0 }) else { return }
        round.withLock { $0 = (count, false) }
        await reach(.scheduling)
        await reach(.waiting)
    }

    /// One of them has been.
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
