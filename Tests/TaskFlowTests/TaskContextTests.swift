import Identity
import Synchronization
import TaskFlow
import Testing

struct TaskContextTests {
    /// Keeps the contexts in which steps ran.
    final class Contexts: Sendable {
        private let kept = Mutex<[TaskContext]>([])
        var all: [TaskContext] { kept.withLock { $0 } }

        func keep() throws {
            let context = try #require(TaskContext.current)
            kept.withLock { $0.append(context) }
        }
    }

    let contexts = Contexts()

    func keeping(_ name: String) -> Step<External<Nothing, Nothing>> {
        Step(
            External { [contexts] _ in
                try contexts.keep()
                return Nothing()
            } undoing: { [contexts] _, _ in
                try contexts.keep()
            },
            named: name
        )
    }

    @Test func `a step knows its flow, its name and the failures so far`() async throws {
        let flow = try Flow("known") {
            keeping("a")
            failing("b")
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        try await engine.advance()
        let all = contexts.all
        #expect(all.map(\.flow) == [engine.id, engine.id])
        #expect(all.map(\.atom) == ["a", "a"])
        #expect(all.map(\.isReverting) == [false, true])
        #expect(all.map(\.isRepetition) == [false, false])
        #expect(all.map(\.failures) == [[:], ["b": Failure(Woot(), in: "b")]])
        #expect(TaskContext.current == nil)
    }

    @Test func `no two executions share an operation, whatever their steps are called`() async throws {
        let names = ["copy", "copy 1", "copy 2", "copy 1 1", "copy after 1 resets", "copy 1 after 1 resets", ":4:copy"]
        let flow = try Flow("named", retry: Step(Times(3), named: "outer")) {
            for name in names { keeping(name) }
            LinearFlow("inner", retry: Step(Times(2), named: "twice")) {
                for name in names { keeping(name + " ") }
                failing("bad")
            }
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        for _ in 1...2 {
            try? await engine.run()
            #expect(engine.state == .reverted)
        }
        let operations = contexts.all.map(\.operation)
        #expect(operations.count > 100)
        #expect(Set(operations).count == operations.count)
    }

    @Test(arguments: ["copy", "copy-1", "1", "copy 1b", "resets"])
    func `the operations of a step whose name can't be mistaken are what they were in earlier versions`(
        name: String
    ) async throws {
        let flow = try Flow("named", retry: Step(Times(2))) {
            keeping(name)
            failing("bad")
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        try? await engine.run()
        let expected = ["execute \(name) 1", "revert \(name) 1", "execute \(name) 2", "revert \(name) 2"]
        #expect(contexts.all.map(\.operation) == expected.map { OperationID(naming: $0, within: engine.id) })
    }

    @Test func `a transactional step has a context as others have`() async throws {
        let flow = try Flow("known") {
            Step(
                Transactional { [contexts] (_: Nothing, _) in
                    try contexts.keep()
                    return Nothing()
                } undoing: { [contexts] _, _, _ in
                    try contexts.keep()
                },
                named: "book"
            )
            failing("b")
        }
        let engine = try Engine(flow, request: Nothing(), in: LedgerStore())
        #expect(try await engine.advance() == .reverted)
        let all = contexts.all
        #expect(all.map(\.flow) == [engine.id, engine.id])
        #expect(all.map(\.atom) == ["book", "book"])
        #expect(all.map(\.isReverting) == [false, true])
        #expect(all.map { Array($0.failures.keys) } == [[], ["b"]])
    }

    @Test func `each execution and each revert has an operation of its own`() async throws {
        let flow = try Flow("known") {
            keeping("a")
            keeping("b")
            failing("c")
        }
        for _ in 1...2 { try await Engine(flow, request: Nothing(), in: MemoryStore()).advance() }
        let operations = contexts.all.map(\.operation)
        #expect(operations.count == 8)
        #expect(Set(operations).count == 8)
    }

    @Test(arguments: [2, 3])
    func `a repetition has the operation of the first attempt, and knows what it is`(transaction: Int) async throws {
        // The second transaction stores what the execution of 'a' gave, the third what came of its revert.
        let store = LedgerStore(faults: [.init(transaction: transaction, moment: .instead)])
        let flow = try Flow("repeated") {
            keeping("a")
            Step(Transactional { (_: Nothing, _) -> Nothing in throw Woot() }, named: "b")
        }
        let first = try Engine(flow, request: Nothing(), in: store)
        await #expect(throws: StoreDown.self) { try await first.advance() }
        let second = try await Engine(resuming: first.id, with: flow.recipe, in: store)
        #expect(try await second.advance() == .reverted)
        let repeated = contexts.all.filter { $0.isReverting == (transaction == 3) }
        #expect(repeated.map(\.isRepetition) == [false, true])
        #expect(Set(repeated.map(\.operation)).count == 1)
        #expect(contexts.all.count == 3)
    }
}
