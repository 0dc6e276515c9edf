import Testing

@testable import TaskFlow

struct FlowMachineTests {
    typealias Action = FlowMachine.Action

    static func machine(_ predecessors: [[Int]]) -> FlowMachine {
        FlowMachine(
            graph: ExecutionGraph(predecessors: predecessors, priorities: predecessors.map { _ in 0 }),
            names: predecessors.indices.map { "\($0)" }
        )
    }

    let chain = machine([[], [0], [1]])
    let diamond = machine([[], [0], [0], [1, 2]])

    /// Takes each step up to and with `last`.
    func succeed(_ machine: inout FlowMachine, through last: Int) throws {
        for atom in 0...last {
            try machine.move(atom, to: .running)
            try machine.move(atom, to: .success)
        }
    }

    /// Fails a step of a flow that nobody retries.
    func fail(_ machine: inout FlowMachine, _ atom: Int) throws {
        try machine.move(atom, to: .failure)
        if !machine.isGivenUp(atom) { machine.resolve(atom, by: .revertAll) }
    }

    @Test func `a failure that nobody has resolved stops the flow`() throws {
        var machine = chain
        try machine.move(0, to: .running)
        try machine.move(0, to: .failure)
        #expect(machine.unresolvedFailures == [0])
        #expect(machine.next() == .finish(.failure))
        machine.resolve(0, by: .revertAll)
        #expect(machine.next() == .revert(0))
    }

    @Test func `a chain runs forward`() throws {
        var machine = chain
        for atom in 0...2 {
            #expect(machine.next() == .execute(atom))
            try machine.move(atom, to: .running)
            #expect(machine.next() == .wait)
            try machine.move(atom, to: .success)
        }
        #expect(machine.next() == .finish(.success))
    }

    @Test func `asking what is next changes nothing`() {
        var machine = diamond
        #expect(machine.next() == machine.next())
        #expect(machine.atoms.allSatisfy { $0 == .pending })
    }

    @Test func `a flow without steps is done`() {
        var machine = Self.machine([])
        #expect(machine.next() == .finish(.success))
    }

    @Test func `a failure reverts backwards, beginning with the step that failed`() throws {
        var machine = chain
        try succeed(&machine, through: 0)
        try machine.move(1, to: .running)
        try fail(&machine, 1)
        for atom in [1, 0] {
            #expect(machine.next() == .revert(atom))
            try machine.move(atom, to: .reverting)
            #expect(machine.next() == .wait)
            try machine.move(atom, to: .reverted)
        }
        #expect(machine.next() == .finish(.reverted))
        #expect(machine.atoms == [.reverted, .reverted, .pending])
    }

    @Test func `a revert that fails stops the flow`() throws {
        let machine = try afterRevertFailure()
        #expect(machine.atoms == [.success, .revertFailure, .reverted])
    }

    @Test func `reverts that failed can be tried again, and then the rest is reverted`() throws {
        var machine = try afterRevertFailure()
        machine.retryReverts()
        for atom in [1, 0] {
            #expect(machine.next() == .revert(atom))
            try machine.move(atom, to: .reverting)
            try machine.move(atom, to: .reverted)
        }
        #expect(machine.next() == .finish(.reverted))
    }

    @Test func `a revert can fail any number of times`() throws {
        var machine = try afterRevertFailure()
        for _ in 1...3 {
            machine.retryReverts()
            #expect(machine.next() == .revert(1))
            try machine.move(1, to: .reverting)
            try machine.move(1, to: .revertFailure)
            #expect(machine.next() == .finish(.failure))
        }
    }

    private func afterRevertFailure() throws -> FlowMachine {
        var machine = chain
        try succeed(&machine, through: 1)
        try machine.move(2, to: .running)
        try fail(&machine, 2)
        try machine.move(2, to: .reverting)
        try machine.move(2, to: .reverted)
        try machine.move(1, to: .reverting)
        try machine.move(1, to: .revertFailure)
        #expect(machine.next() == .finish(.failure))
        return machine
    }

    @Test func `siblings run at once, and what they lead to waits for both`() throws {
        var machine = diamond
        try succeed(&machine, through: 0)
        for sibling in [1, 2] {
            #expect(machine.next() == .execute(sibling))
            try machine.move(sibling, to: .running)
        }
        try machine.move(2, to: .success)
        #expect(machine.next() == .wait)
        try machine.move(1, to: .success)
        #expect(machine.next() == .execute(3))
    }

    // As in TaskFlow: a step that failed is reverted while its sibling still runs; what was before both waits.
    @Test func `the flow waits for a sibling of the step that failed, and then reverts all`() throws {
        var machine = diamond
        try succeed(&machine, through: 0)
        try machine.move(1, to: .running)
        try machine.move(2, to: .running)
        try fail(&machine, 1)
        #expect(machine.next() == .revert(1))
        try machine.move(1, to: .reverting)
        try machine.move(1, to: .reverted)
        #expect(machine.next() == .wait)
        try machine.move(2, to: .success)
        for atom in [2, 0] {
            #expect(machine.next() == .revert(atom))
            try machine.move(atom, to: .reverting)
            try machine.move(atom, to: .reverted)
        }
        #expect(machine.next() == .finish(.reverted))
        #expect(machine.atoms == [.reverted, .reverted, .reverted, .pending])
    }

    @Test func `two siblings that fail are both reverted`() throws {
        var machine = diamond
        try succeed(&machine, through: 0)
        for sibling in [1, 2] { try machine.move(sibling, to: .running) }
        for sibling in [1, 2] { try fail(&machine, sibling) }
        var reverted: [Action] = []
        while case .revert(let atom) = machine.next() {
            reverted.append(.revert(atom))
            try machine.move(atom, to: .reverting)
            try machine.move(atom, to: .reverted)
        }
        #expect(Set(reverted.dropLast()) == [.revert(1), .revert(2)])
        #expect(reverted.last == .revert(0))
        #expect(machine.next() == .finish(.reverted))
    }

    @Test func `a sibling that still reverts when a revert fails comes to its end, and no other begins`() throws {
        var machine = diamond
        try succeed(&machine, through: 0)
        for sibling in [1, 2] { try machine.move(sibling, to: .running) }
        for sibling in [1, 2] { try fail(&machine, sibling) }
        for sibling in [1, 2] { try machine.move(sibling, to: .reverting) }
        try machine.move(1, to: .revertFailure)
        #expect(machine.next() == .wait)
        try machine.move(2, to: .reverted)
        #expect(machine.next() == .finish(.failure))
        #expect(machine.atoms == [.success, .revertFailure, .reverted, .pending])
    }

    @Test(arguments: AtomState.allCases, AtomState.allCases)
    func `a transition that the table does not have is refused`(from: AtomState, to: AtomState) throws {
        let paths: [AtomState: [AtomState]] = [
            .pending: [], .running: [.running], .success: [.running, .success], .failure: [.running, .failure],
            .reverting: [.running, .failure, .reverting], .reverted: [.running, .failure, .reverting, .reverted],
            .revertFailure: [.running, .failure, .reverting, .revertFailure], .ignore: [.ignore],
            .retrying: [.running, .success, .retrying],
        ]
        var machine = Self.machine([[]])
        for state in try #require(paths[from]) { try machine.move(0, to: state) }
        if from.successors.contains(to) {
            try machine.move(0, to: to)
            #expect(machine.atoms == [to])
        } else {
            let error = #expect(throws: InvalidTransition.self) { try machine.move(0, to: to) }
            #expect(error?.description == "'0' can't go from \(from.rawValue) to \(to.rawValue)")
            #expect(machine.atoms == [from])
        }
    }
}
