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
        #expect(failure.causes.map(\.message) == ["no route", "pool 'ssd' is full"])
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

    @Test func `each cause is told with its type and its own causes`() {
        let cause = Caused(description: "no route", cause: Full(pool: "ssd"))
        let failure = Failure(Caused(description: "no answer", cause: cause), in: "export")
        #expect(failure.captured.causes.map(\.type) == ["Caused"])
        #expect(failure.captured.causes[0].causes.map(\.message) == ["pool 'ssd' is full"])
        #expect(failure.causes.map(\.type) == ["Caused", "Full"])
        #expect(
            failure.formatted() == """
                'export' failed: no answer (Caused)
                  because of: no route (Caused)
                    because of: pool 'ssd' is full (Full)
                """
        )
    }

    @Test func `an error that causes itself is told a limited number of times`() {
        final class Circle: CausedError {
            var cause: (any Error)? { self }
        }
        #expect(Failure(Circle(), in: "a").causes.count == 32)
    }

    @Test func `lines of an error stand further in than those of its causes`() {
        let failure = Failure(Caused(description: "one\ntwo", cause: Full(pool: "a\nb")), in: "export")
        #expect(
            failure.formatted() == """
                'export' failed: one
                    two (Caused)
                  because of: pool 'a
                      b' is full (Full)
                """
        )
    }

    @Test(arguments: [false, true])
    func `a failure is known by the types and names of the error and its causes`(isStored: Bool) throws {
        var failure = Failure(Caused(description: "no answer", cause: Full(pool: "ssd")), in: "export")
        if isStored { failure = try JSONDecoder().decode(Failure.self, from: JSONEncoder().encode(failure)) }
        #expect(failure.check(Woot.self) == nil)
        #expect(failure.check(Woot.self, Full.self, Caused.self) == Full.self)
        #expect(failure.check("Woot", "Caused", "Full") == "Caused")
        #expect(failure.check("TaskFlowTests.FailureTests.Full") == "TaskFlowTests.FailureTests.Full")
        #expect(failure.check("OtherTests.FailureTests.Full") == nil)
        #expect(failure.first() == Full(pool: "ssd"))
        #expect(failure.error(as: Full.self) == nil)
    }

    @Test func `an error is known by the name under which it has been stored, wherever its type is now`() throws {
        struct Moved: NamedError, Codable, Equatable {
            static var storedName: String { "OldModule.Moved" }
            let number: Int
        }
        let stored = try JSONEncoder().encode(Failure(Moved(number: 3), in: "a"))
        #expect(String(decoding: stored, as: UTF8.self).contains("\"OldModule.Moved\""))
        let failure = try JSONDecoder().decode(Failure.self, from: stored)
        #expect(failure.error() == Moved(number: 3) && failure.check("OldModule.Moved") != nil)
    }

    @Test func `a failure of a private type is known by it in another process`() throws {
        struct Local: Error, Codable, Equatable {
            let number: Int
        }
        let stored = try JSONEncoder().encode(Failure(Local(number: 3), in: "a"))
        let text = String(decoding: stored, as: UTF8.self)
        #expect(!text.contains("unknown context"))
        #expect(try JSONDecoder().decode(Failure.self, from: stored).error() == Local(number: 3))
    }

    @Test func `what is thrown again is the error itself as long as it is at hand or can be read`() throws {
        let caused = Failure(Caused(description: "words", cause: nil), in: "a")
        #expect(throws: Caused.self) { try caused.reraise() }
        let full = Failure(Full(pool: "ssd"), in: "a")
        #expect(throws: Full(pool: "ssd")) { try full.reraise() }
        let (storedCaused, storedFull) = (try restored(caused), try restored(full))
        #expect(throws: Full(pool: "ssd")) { try storedFull.reraise(as: Woot.self, Full.self) }
        #expect(throws: WrappedFailure(failures: [full])) { try storedFull.reraise() }
        #expect(throws: WrappedFailure(failures: [caused])) { try storedCaused.reraise(as: Full.self) }
    }

    @Test func `two captures of one error are equal, at hand or stored`() throws {
        struct Wide: Error, Codable {
            var a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7
        }
        let failure = Failure(Wide(), in: "a")
        for _ in 1...20 { #expect(try restored(Failure(Wide(), in: "a")) == failure) }
        #expect(Failure(Wide(a: 0), in: "a") != failure)
        #expect(Failure(Wide(), in: "b") != failure)
    }

    @Test func `what earlier versions stored can still be read`() throws {
        let stored = #"{"atom":"a","type":"Full","message":"full","causes":["no route","no cable"]}"#
        let failure = try JSONDecoder().decode(Failure.self, from: Data(stored.utf8))
        #expect("\(failure)" == "'a' failed: full")
        #expect(failure.causes.map(\.message) == ["no route", "no cable"])
        #expect(try restored(failure) == failure)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `any failure is the same after it was stored`(seed: UInt64) throws {
        var errors = ErrorMaker(seed: seed)
        let failure = Failure(errors.next(depth: 4), in: errors.word())
        let stored = try restored(failure)
        #expect(stored == failure)
        #expect(stored.hashValue == failure.hashValue)
        #expect(stored.formatted() == failure.formatted())
        #expect(try restored(stored) == failure)
        let wrapped = WrappedFailure(failures: [failure, stored])
        #expect(try JSONDecoder().decode(WrappedFailure.self, from: JSONEncoder().encode(wrapped)) == wrapped)
    }

    func restored(_ failure: Failure) throws -> Failure {
        try JSONDecoder().decode(Failure.self, from: JSONEncoder().encode(failure))
    }

    struct Link: CausedError {
        let cause: (any Error)?
    }

    @Test func `however much has led to an error, the nearest of it is captured, and can be stored and read`() throws {
        var chain: any Error = Full(pool: "ssd")
        for _ in 1...5_000 { chain = Link(cause: chain) }
        var nested: any Error = Full(pool: "ssd")
        for _ in 1...200 { nested = Failure(nested, in: "step") }
        var several: any Error = Full(pool: "ssd")
        for _ in 1...200 {
            several = WrappedFailure(failures: [Failure(several, in: "step"), Failure(Woot(), in: "other")])
        }
        for error in [chain, nested, several] {
            let failure = Failure(error, in: "step")
            #expect(failure.captured.message.utf8.count < 100_000)
            let stored = try JSONEncoder().encode(failure)
            #expect(stored.count < 1_000_000)
            #expect(try JSONDecoder().decode(Failure.self, from: stored) == failure)
        }
    }
}

/// Errors of several kinds, with causes of several kinds, and with nasty words.
private struct ErrorMaker {
    struct Plain: Error, CustomStringConvertible {
        let description: String
    }

    struct Numbered: Error, Codable {
        let number: Double
        let words: [String: String]
    }

    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ limit: UInt64) -> UInt64 {
        // SplitMix64.
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return (value ^ (value >> 31)) % limit
    }

    mutating func word() -> String {
        let letters = ["a", "\"", "\\", "\n", "\r\n", "\0", "é", "e\u{301}", "\u{2028}", "👩‍💻", "/", "{", "$", " "]
        let count = below(8)
        return (0..<count).map { _ in letters[Int(below(UInt64(letters.count)))] }.joined()
    }

    mutating func next(depth: Int) -> any Error {
        switch below(depth == 0 ? 3 : 6) {
        case 0: Plain(description: word())
        // Of these, one can't be encoded.
        case 1: Numbered(number: [0.1, -0, .greatestFiniteMagnitude, .nan][Int(below(4))], words: [word(): word()])
        case 2: Woot(message: word())
        case 3: FailureTests.Caused(description: word(), cause: next(depth: depth - 1))
        case 4: Failure(next(depth: depth - 1), in: word())
        default: WrappedFailure(failures: [Failure(next(depth: depth - 1), in: word()), Failure(Woot(), in: word())])
        }
    }
}
