import Foundation
import TaskFlow
import Testing

struct FailureTests {
    struct Full: Error, Codable, Equatable, CustomStringConvertible {
        let pool: String
        var description: String { "pool '\(pool)' is full" }
    }

    struct Caused: CausedError, CustomStringConvertible {
        let description: String
        let cause: (any Error)?
    }

    @Test func `a failure tells which step threw what`() {
        let failure = Failure(Full(pool: "ssd"), in: "reserve")
        #expect(failure.atom == "reserve")
        #expect(failure.type == "Full")
        #expect(failure.message == "pool 'ssd' is full")
        #expect(failure.causes.isEmpty)
        #expect("\(failure)" == "'reserve' failed: pool 'ssd' is full")
    }

    @Test func `a failure survives being stored`() throws {
        let cause = Caused(description: "no route", cause: Full(pool: "ssd"))
        let failure = Failure(Caused(description: "no answer \u{0}\"\n", cause: cause), in: "export")
        let stored = try JSONEncoder().encode(failure)
        #expect(try JSONDecoder().decode(Failure.self, from: stored) == failure)
        #expect(failure.causes == ["no route", "pool 'ssd' is full"])
    }

    @Test func `a typed error comes back from a stored failure`() throws {
        let stored = try JSONEncoder().encode(Failure(Full(pool: "ssd"), in: "reserve"))
        let failure = try JSONDecoder().decode(Failure.self, from: stored)
        #expect(failure.error() == Full(pool: "ssd"))
        #expect(failure.error(as: Woot.self) == nil)
    }

    @Test func `an error that can't be stored comes back as words only`() {
        struct Fleeting: Error {}
        #expect(Failure(Fleeting(), in: "reserve").type == "Fleeting")
        #expect(Failure(Caused(description: "words", cause: nil), in: "reserve").error(as: Full.self) == nil)
    }

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
}
