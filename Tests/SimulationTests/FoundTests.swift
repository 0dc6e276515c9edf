import Testing

@testable import TaskFlow

/// The defects that seeds have found, as the simulations to which they were shrunk.
struct FoundTests {
    typealias Options = Event.Options

    /// The promise that these events break; `nil` if none.
    private func broken(_ parts: [PartPlan], by events: [Event]) -> Violation? {
        let plan = FlowPlan(number: 0, pattern: .linear, parts: parts)
        return Seed.Course(plan: plan, workers: 1, runs: 1, defect: nil).replayed(plan, events).violation
    }

    private func start(_ parallelism: Int, neverResolves: Bool = false) -> Event {
        .start(worker: 0, run: 0, options: Options(parallelism: parallelism, neverResolves: neverResolves))
    }

    private func end(_ step: Int, _ verdict: Backend.Verdict = .succeed) -> Event {
        .finish(worker: 0, run: 0, step: step, verdict)
    }

    private let commit: [Event] = [.commit(worker: 0, run: 0, salt: nil), .flush(.durable)]

    @Test func `after a reset, operations have other names`() {
        let run = [start(1)] + commit + [end(0)] + commit
        #expect(broken([.step(StepPlan(number: 1, kind: .undoable))], by: run + [.reset(worker: 0, run: 0)]) == nil)
    }

    @Test func `steps after a retried flow wait for all of it again`() {
        let retried = FlowPlan(
            number: 1,
            pattern: .unordered,
            retry: .times(2, revertsAll: false),
            parts: [
                .step(StepPlan(number: 2, kind: .external)), .step(StepPlan(number: 3, kind: .undoableTransactional)),
            ]
        )
        let parts: [PartPlan] = [.flow(retried), .step(StepPlan(number: 4, kind: .undoable))]
        let attempt = [end(0)] + commit
        #expect(broken(parts, by: [start(3)] + attempt + [end(0, .fail)] + commit + attempt) == nil)
    }

    @Test func `a pending retry is given up when a sibling fails`() {
        let retried = FlowPlan(
            number: 4,
            pattern: .linear,
            retry: .times(3, revertsAll: false),
            parts: [.step(StepPlan(number: 5, kind: .pure))]
        )
        let unordered = FlowPlan(
            number: 6,
            pattern: .unordered,
            parts: [1, 2].map { .step(StepPlan(number: $0, kind: .undoable)) } + [.flow(retried)]
        )
        let first = [start(4)] + commit + [end(2), end(2, .fail)] + commit
        let killed = Event.kill(worker: 0, isDurable: true, effects: 0)
        let second = [start(1), end(0, .fail), .suspend(worker: 0, run: 0)] + commit
        #expect(broken([.flow(unordered)], by: first + [killed] + second) == nil)
    }

    @Test func `the decision about a failure is stored`() {
        let run = [start(1, neverResolves: true)] + commit + [end(0, .fail)] + commit
        #expect(broken([.step(StepPlan(number: 1, kind: .undoable))], by: run) == nil)
    }

    @Test func `a flow whose process died while suspending passes through SUSPENDED when it is resumed`() {
        let unordered = FlowPlan(
            number: 3,
            pattern: .unordered,
            parts: [1, 2].map { .step(StepPlan(number: $0, kind: .undoable)) }
        )
        let suspending = [start(2)] + commit + [.suspend(worker: 0, run: 0), end(0)] + commit
        let killed = Event.kill(worker: 0, isDurable: true, effects: 0)
        #expect(broken([.flow(unordered)], by: suspending + [killed]) == nil)
    }

    @Test func `a decider that throws in the middle of a transaction fails the flow, and its steps are undone`() {
        let graph = FlowPlan(
            number: 3,
            pattern: .graph,
            parts: [
                .step(StepPlan(number: 1, kind: .undoableTransactional)), .step(StepPlan(number: 2, kind: .undoable)),
            ],
            links: [LinkPlan(earlier: 1, later: 2, decider: DeciderPlan(depth: 3, salt: 6))]
        )
        #expect(broken([.flow(graph)], by: [start(1)] + commit) == nil)
    }

    @Test func `a flow's time counts from the step that started first, not from the one that ended first`() {
        let limited = FlowPlan(
            number: 3,
            pattern: .graph,
            parts: [
                .step(StepPlan(number: 1, kind: .pure)), .step(StepPlan(number: 2, kind: .undoableTransactional)),
            ],
            limit: 8
        )
        #expect(broken([.flow(limited)], by: [start(3), .pass(1)] + commit) == nil)
    }
}
