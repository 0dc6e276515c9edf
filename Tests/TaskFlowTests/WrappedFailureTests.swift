import Foundation
import TaskFlow
import Testing

struct WrappedFailureTests {
    typealias Full = FailureTests.Full

    let several = WrappedFailure(failures: [Failure(Full(pool: "ssd"), in: "a"), Failure(Woot(), in: "b")])

    @Test func `several failures are told together`() async throws {
        let flow = try Flow("full") {
            Step(
                External { (_: Nothing) -> Nothing in
                    throw Full(pool: "ssd")
                } undoing: { _, _ in
                    throw Full(pool: "hdd")
                },
                named: "reserve"
            )
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        let error = await #expect(throws: WrappedFailure.self) { try await engine.run() }
        #expect(error?.description == "'reserve' failed: pool 'ssd' is full; 'reserve' failed: pool 'hdd' is full")
    }

    @Test func `it is a collection of its failures`() {
        #expect(several.count == 2)
        #expect(several.map(\.atom) == ["a", "b"])
        #expect(several[1] == Failure(Woot(), in: "b"))
    }

    @Test func `it is known by the types and names of all its errors`() {
        #expect(several.check(Interrupted.self, Woot.self, Full.self) == Woot.self)
        #expect(several.check(Interrupted.self) == nil)
        #expect(several.check("Interrupted", "Full") == "Full")
        #expect(several.check("Interrupted") == nil)
    }

    @Test func `one in the other becomes one of all`() throws {
        let inner = Failure(several, in: "deploy")
        let stored = try JSONDecoder().decode(Failure.self, from: JSONEncoder().encode(inner))
        for nested in [inner, stored] {
            let outer = WrappedFailure(failures: [Failure(Woot(message: "first"), in: "c"), nested])
            #expect(outer.map(\.atom) == ["c", "a", "b"])
            #expect(WrappedFailure(failures: [Failure(outer, in: "d")]).map(\.atom) == ["c", "a", "b"])
        }
        #expect(inner.causes.map(\.message) == ["pool 'ssd' is full", "\(Woot())"])
    }

    @Test func `a single error is thrown again as it was, several together`() throws {
        let single = WrappedFailure(failures: [Failure(Woot(), in: "a")])
        #expect(throws: Woot()) { try single.reraise() }
        let stored = try JSONDecoder().decode(WrappedFailure.self, from: JSONEncoder().encode(single))
        #expect(throws: single) { try stored.reraise() }
        #expect(throws: Woot()) { try stored.reraise(as: Full.self, Woot.self) }
        #expect(throws: several) { try several.reraise(as: Woot.self) }
    }

    @Test func `its words for people have a line for each failure and each cause`() {
        let wrapped = WrappedFailure(
            failures: [
                Failure(FailureTests.Caused(description: "no answer", cause: Full(pool: "ssd")), in: "a"),
                Failure(Full(pool: "hdd"), in: "b"),
            ]
        )
        #expect(
            wrapped.formatted() == """
                'a' failed: no answer (Caused)
                  because of: pool 'ssd' is full (Full)
                'b' failed: pool 'hdd' is full (Full)
                """
        )
    }
}
