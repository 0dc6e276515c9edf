import Identity
import Synchronization

@testable import TaskFlow

/// The world that steps change: it keeps the effects of operations and remembers every call.
///
/// It is idempotent, as the contract of a step demands: a repeated creation changes nothing, the removal of a missing
/// effect succeeds, and an operation that has been undone is refused from then on, so that a worker that comes back too
/// late can't repeat it.
final class Backend: Sendable {
    /// The outcome of a call.
    enum Verdict: Hashable {
        case succeed
        case fail
        /// The call has its effect and reports a failure.
        case failAfterEffect
    }

    /// One execution of a step; repetitions after a crash are the same execution.
    struct Execution: Hashable {
        var flow: FlowID
        /// The number of resets before it.
        var life: Int
        var step: String
        var attempts: [Int]
    }

    struct Failed: Error, Codable, Hashable {
        var isAfterEffect: Bool
    }

    fileprivate struct State {
        var verdict = Verdict.succeed
        var life = 0
        /// The places that the worker serves that acts now.
        var served: Set<Int>?
        var nextValue = 0
        /// The present effects, each with its value.
        var effects: [Execution: Int] = [:]
        /// The present effects of steps that can't be undone.
        var remains: [Execution: Int] = [:]
        var undone: Set<Execution> = []
        var executions: [OperationID: Execution] = [:]
        var violation: Violation?
        var descendants: [String: Set<String>] = [:]
    }

    private let state = Mutex(State())

    /// Sets the steps that come after each step.
    func know(descendants: [String: Set<String>]) { state.withLock { $0.descendants = descendants } }

    /// Sets the outcome of the next call, in a run that has been reset `life` times.
    func prepare(_ verdict: Verdict, life: Int) {
        state.withLock { ($0.verdict, $0.life) = (verdict, life) }
    }

    /// Sets the places that the worker serves that acts next; `nil` for all.
    func enter(_ served: Set<Int>?) { state.withLock { $0.served = served } }

    /// Checks that a step is executed or reverted at its place.
    func visit(_ step: StepPlan, _ inputs: [(any Sendable)?]) {
        state.withLock { state in
            guard let served = state.served, let place = step.place?.place(for: inputs), !served.contains(place) else {
                return
            }
            state.break(.place, "'\(step.name)' of p\(place) ran where only \(served.sorted()) are served")
        }
    }

    func standing(in flow: FlowID, life: Int) -> [Execution] {
        state.withLock { state in state.effects.keys.filter { $0.flow == flow && $0.life == life } }
    }

    func takeViolation() -> Violation? { state.withLock { $0.violation } }

    /// The body of a pure step, which returns another value each time.
    func compute() throws -> Int {
        try state.withLock { state in
            guard state.verdict == .succeed else { throw Failed(isAfterEffect: false) }
            state.nextValue += 1
            return state.nextValue
        }
    }

    /// Creates the effect of the current execution; a repetition returns the same value.
    func make(undoable: Bool) throws -> Int {
        let context = TaskContext.required
        return try state.withLock { state in
            let execution = state.execution(in: context)
            state.note(context.operation, for: execution)
            guard state.verdict != .fail, !state.undone.contains(execution) else { throw Failed(isAfterEffect: false) }
            let value: Int
            if let made = state.effects[execution] ?? state.remains[execution] {
                value = made
            } else {
                state.nextValue += 1
                value = state.nextValue
                if undoable { state.effects[execution] = value } else { state.remains[execution] = value }
            }
            guard state.verdict != .failAfterEffect else { throw Failed(isAfterEffect: true) }
            return value
        }
    }

    /// Removes the effect of the current execution, if there is one.
    func remove(after outcome: Outcome<[any Sendable]>) throws {
        let context = TaskContext.required
        try state.withLock { state in
            let execution = state.execution(in: context)
            guard state.verdict != .fail else { throw Failed(isAfterEffect: false) }
            if state.undone.insert(execution).inserted {
                if case .succeeded(let values) = outcome, state.effects[execution] != values.first as? Int {
                    state.break(
                        .nothingLeft,
                        "the revert of \(execution) was told of \(values), not of \(state.effects[execution] ?? -1)"
                    )
                }
                let dependents = state.descendants[execution.step] ?? []
                if let dependent = state.effects.keys
                    .first(where: {
                        $0.flow == execution.flow && $0.life == execution.life && dependents.contains($0.step)
                    })
                {
                    state.break(.undoOrder, "\(execution) was undone before \(dependent)")
                }
            }
            state.effects[execution] = nil
            guard state.verdict != .failAfterEffect else { throw Failed(isAfterEffect: true) }
        }
    }
}

extension Backend.State {
    fileprivate func execution(in context: TaskContext) -> Backend.Execution {
        Backend.Execution(flow: context.flow, life: life, step: context.atom, attempts: context.attempts)
    }

    fileprivate mutating func note(_ operation: OperationID, for execution: Backend.Execution) {
        if let other = executions.updateValue(execution, forKey: operation), other != execution {
            self.break(.operation, "\(other) and \(execution) are one to the backend: \(operation)")
        }
    }

    fileprivate mutating func `break`(_ rule: Violation.Rule, _ what: String) {
        if violation == nil { violation = Violation(rule, what) }
    }
}

extension Backend.Execution: CustomStringConvertible {
    var description: String { "\(step) in life \(life), attempts \(attempts)" }
}
