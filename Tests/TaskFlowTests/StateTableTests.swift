import TaskFlow
import Testing

struct StateTableTests {
    /// TaskFlow 6.5.0, `states.py`: who may follow whom.
    static let flows = [
        "PENDING": ["RUNNING"],
        "RUNNING": ["SUCCESS", "FAILURE", "REVERTED", "SUSPENDING", "RESUMING"],
        "SUCCESS": ["RUNNING", "PENDING"],
        "FAILURE": ["RUNNING"],
        "REVERTED": ["PENDING"],
        "SUSPENDING": ["SUSPENDED", "SUCCESS", "FAILURE", "REVERTED", "RESUMING"],
        "SUSPENDED": ["RUNNING"],
        "RESUMING": ["SUSPENDED"],
    ]

    /// Likewise, of tasks and retries, with two transitions of our own: TaskFlow never tries a failed revert again, and leaves a
    /// retry that is given up when it was to try again as it is.
    static let atoms = [
        "PENDING": ["RUNNING", "IGNORE"],
        "RUNNING": ["SUCCESS", "FAILURE"],
        "SUCCESS": ["REVERTING", "RETRYING"],
        "FAILURE": ["REVERTING"],
        "RETRYING": ["RUNNING", "REVERTING"],
        "REVERTING": ["REVERTED", "REVERT_FAILURE"],
        "REVERTED": ["PENDING"],
        "REVERT_FAILURE": ["REVERTING"],
        "IGNORE": ["PENDING"],
    ]

    /// TaskFlow 6.5.0, `builder.py`: the engine's machine.
    static let engines = [
        "UNDEFINED": ["RESUMING"],
        "RESUMING": ["SCHEDULING"],
        "SCHEDULING": ["WAITING"],
        "WAITING": ["ANALYZING"],
        "ANALYZING": ["SCHEDULING", "WAITING", "GAME_OVER"],
        "GAME_OVER": ["SUCCESS", "FAILURE", "REVERTED", "SUSPENDED"],
        "SUCCESS": [],
        "FAILURE": [],
        "REVERTED": [],
        "SUSPENDED": [],
    ]

    @Test func `the states are TaskFlow's`() {
        #expect(Set(EngineState.allCases.map(\.rawValue)) == Set(Self.engines.keys))
        #expect(Set(FlowState.allCases.map(\.rawValue)) == Set(Self.flows.keys))
        #expect(Set(AtomState.allCases.map(\.rawValue)) == Set(Self.atoms.keys))
    }

    @Test(arguments: FlowState.allCases, FlowState.allCases)
    func `a flow moves as TaskFlow's table says`(from: FlowState, to: FlowState) {
        #expect(from.successors.contains(to) == Self.flows[from.rawValue]?.contains(to.rawValue))
    }

    @Test(arguments: AtomState.allCases, AtomState.allCases)
    func `an atom moves as TaskFlow's table says, and may revert again`(from: AtomState, to: AtomState) {
        #expect(from.successors.contains(to) == Self.atoms[from.rawValue]?.contains(to.rawValue))
    }

    @Test(arguments: EngineState.allCases, EngineState.allCases)
    func `an engine moves as TaskFlow's table says`(from: EngineState, to: EngineState) {
        #expect(from.successors.contains(to) == Self.engines[from.rawValue]?.contains(to.rawValue))
    }

    @Test func `a flow that is at rest waits for somebody to run it`() {
        let atRest = FlowState.allCases.filter(\.isAtRest)
        #expect(atRest == [.pending, .success, .failure, .reverted, .suspended])
        for state in atRest { #expect(state.successors.isSubset(of: [.running, .pending])) }
    }

    @Test func `three states of a flow are final`() {
        #expect(FlowState.allCases.filter(\.isFinished) == [.success, .failure, .reverted])
    }
}
