import Identity
import TaskFlow
import Testing

struct EffectTests {
    enum Kind { case pure, transactional, external, failing }

    static func part(_ kind: Kind, named name: String) -> any FlowPart {
        switch kind {
        case .pure:
            Step(Pure { (_: Nothing) in Nothing() }, named: name)
        case .transactional:
            Step(
                Transactional { (_: Nothing, ledger) in
                    ledger.write(name)
                    return Nothing()
                },
                named: name
            )
        case .external:
            Step(External { (_: Nothing) in Nothing() }, named: name)
        case .failing:
            Step(
                Transactional { (_: Nothing, ledger) -> Nothing in
                    ledger.write(name)
                    throw Woot()
                },
                named: name
            )
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let kinds: [Kind]
        let transactions: Int
        let state: FlowState
        var testDescription: String { "\(kinds.map { "\($0)" }.joined(separator: ", "))" }

        init(_ kinds: [Kind], _ transactions: Int, _ state: FlowState = .success) {
            self.kinds = kinds
            self.transactions = transactions
            self.state = state
        }
    }

    @Test(arguments: [
        Case([], 1),
        Case([.pure, .pure, .pure], 1),
        Case([.transactional, .transactional], 1),
        Case([.pure, .transactional, .transactional, .external, .transactional], 2),  // intent; outcome
        Case([.external, .external], 3),  // intent; outcome and intent; outcome
        Case([.external, .transactional, .external], 3),
        Case([.transactional, .pure, .transactional], 2),
        Case([.external, .pure, .transactional], 3),
        Case([.failing], 1, .reverted),
        Case([.pure, .transactional, .failing, .external], 1, .reverted),
        Case([.external, .failing], 3, .reverted),  // intent; outcome, failure and intent to revert; outcome
    ])
    func `a flow takes as few transactions as its effects allow`(of flow: Case) async throws {
        let store = LedgerStore()
        let compiled = try Flow("effects") {
            for (index, kind) in flow.kinds.enumerated() { Self.part(kind, named: "\(kind)-\(index)") }
        }
        let engine = try Engine(compiled, request: Nothing(), in: store)
        #expect(try await engine.advance() == flow.state)
        #expect(store.transactionCount == flow.transactions)
        let expected = flow.kinds.enumerated().filter { $0.element == .transactional }
            .map { "transactional-\($0.offset)" }
        #expect(store.lines == expected)
    }

    @Test func `a step that touches the world is durable before it starts`() async throws {
        let store = LedgerStore()
        let id = FlowID.random()
        let flow = try Flow("durable") {
            Step(
                External { (_: Nothing) in
                    let stored = try #require(try await store.load(id))
                    #expect(stored.journal.map(\.state) == [.running])
                    #expect(stored.detail.state == .running)
                    return Nothing()
                },
                named: "a"
            )
        }
        try await Engine(flow, request: Nothing(), id: id, in: store).run()
        #expect(try await store.load(id)?.journal.map(\.state) == [.running, .success])
    }

    @Test func `nothing is stored before a run begins`() async throws {
        let store = LedgerStore()
        let engine = try Engine(Flow("idle") {}, request: Nothing(), in: store)
        #expect(try await store.load(engine.id) == nil)
        #expect(engine.state == .pending)
        #expect(store.transactionCount == 0)
    }
}
