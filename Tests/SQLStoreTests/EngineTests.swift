import Foundation
import Identity
import SQL
import SQLStore
import SQLite
import Synchronization
import TaskFlow
import TestKit
import Testing

@Suite(.scratchDirectory)
struct EngineTests {
    struct Volume: Fields {
        @Field var volume: String
        @Field var size: UInt64
        @Field var snapshot: String?
    }

    /// A step that counts its calls.
    struct Make: RevertibleTask {
        typealias Input = Text
        typealias Output = Volume
        static let name = "make"
        let calls: Calls

        func execute(_ input: Text) async throws -> Volume {
            calls.note("make")
            return Volume(volume: "volume of \(input.text)", size: .max, snapshot: nil)
        }

        func revert(_ input: Text, after outcome: Outcome<Volume>) async throws { calls.note("unmake") }
    }

    /// A step that records its name and flow.
    struct Sign: TransactionalTask {
        static let name = "sign"

        func execute(_ input: Nothing, in transaction: SQLTransaction) throws -> Nothing {
            let context = TaskContext.required
            try Notes.write("\(context.flow) \(context.atom)", in: transaction)
            return input
        }
    }

    struct Fail: PureTask {
        static let name = "fail"
        func execute(_ input: Nothing) async throws -> Nothing { throw Woot() }
    }

    final class Calls: Sendable {
        private let made = Mutex<[String]>([])
        var all: [String] { made.withLock { $0 } }
        func note(_ call: String) { made.withLock { $0.append(call) } }
    }

    let calls = Calls()

    func flow(failing: Bool = false) throws -> Flow<Text> {
        try Flow("make-and-note", taking: Text.self) {
            WriteNote()
            Make(calls: calls)
            Step(WriteNote(), named: "note-volume").reading(\.$text, from: "volume")
            if failing { Fail() }
        }
    }

    @Test func `a flow writes into tables of its own in the transactions of its progress`() async throws {
        let database = try Notes.database()
        let store = try Notes.open(database)
        try await Engine(try flow(), request: Text(text: "data"), in: store).run()
        #expect(try await store.notes() == ["data", "volume of data"])
        #expect(database.commitCount == 2)
    }

    @Test func `a flow that fails leaves nothing in tables of its own`() async throws {
        let store = try Notes.open()
        let engine = try Engine(try flow(failing: true), request: Text(text: "data"), in: store)
        await #expect(throws: Woot.self) { try await engine.run() }
        #expect(try await store.notes().isEmpty)
        #expect(calls.all == ["make", "unmake"])
    }

    @Test func `a constraint that a step breaks fails the step and not the store`() async throws {
        let store = try Notes.open()
        try await store.note("volume of data")
        let engine = try Engine(try flow(), request: Text(text: "data"), in: store)
        let error = await #expect(throws: SQLError.self) { try await engine.run() }
        #expect(error?.code == .constraint)
        #expect(engine.state == .reverted)
        #expect(try await store.notes() == ["volume of data"])
    }

    @Test func `a transactional step knows its context on the thread of the database`() async throws {
        let store = try Notes.open()
        let engine = try Engine(Flow("signed") { Sign() }, request: Nothing(), in: store)
        try await engine.run()
        #expect(try await store.notes() == ["\(engine.id) sign"])
    }

    @Test func `a run and its journal are stored`() async throws {
        let store = try Notes.open()
        let now = Date(timeIntervalSince1970: 1_700_000_000)
        let flow = try flow(failing: true)
        let engine = try Engine(flow, request: Text(text: "data"), subject: "a name", in: store) { now }
        try await engine.advance()
        let (detail, journal) = try #require(try await store.load(engine.id))
        #expect(detail.id == engine.id)
        #expect(detail.name == "make-and-note")
        #expect(detail.version == 1)
        #expect(detail.subject == "a name")
        #expect(detail.request == #"{"text":"data"}"#)
        #expect(detail.state == .reverted)
        #expect(detail.createdAt == now)
        #expect(detail.epoch == 1)
        #expect(
            journal.map { "\($0.atom) \($0.state.rawValue)" } == [
                "write-note SUCCESS", "make RUNNING", "make SUCCESS", "note-volume SUCCESS", "fail FAILURE",
                "fail REVERTED", "note-volume REVERTED", "make REVERTING", "make REVERTED", "write-note REVERTED",
            ]
        )
        #expect(journal.allSatisfy { $0.at == now && $0.startedAt == now })
        #expect(journal[2].output == #"{"size":18446744073709551615,"snapshot":null,"volume":"volume of data"}"#)
        #expect(journal[4].failure == Failure(Woot(), in: "fail"))
        #expect(journal[4].failure?.error() == Woot())
    }

    /// Runs the flow in a store whose process dies, and returns the flow.
    func die(after transactions: Int) async throws -> FlowID {
        let store = MortalStore(base: try Notes.open(), transactions: transactions)
        let engine = try Engine(try flow(), request: Text(text: "data"), in: store)
        await #expect(throws: MortalStore.Death.self) { try await engine.run() }
        return engine.id
    }

    /// Waits until the store of a dead process is released, which happens a moment after its last job has answered.
    func waitForAbandoned(in store: SQLStore) async throws -> [FlowDetail] {
        try await eventually { try await !store.abandoned().isEmpty }
        return try await store.abandoned()
    }

    @Test func `a run is taken up by another store when the first is gone`() async throws {
        let id = try await die(after: 1)
        let store = try Notes.open()
        #expect(try await waitForAbandoned(in: store).map(\.id) == [id])
        try await Engine(resuming: id, with: try flow().recipe, in: store).run()
        #expect(try await store.notes() == ["data", "volume of data"])
        #expect(calls.all == ["make", "make"])
        #expect(try await store.abandoned().isEmpty)
        let detail = try #require(try await store.load(id)).detail
        #expect(detail.state == .success)
        #expect(detail.epoch == 2)
    }

    @Test func `a run whose owner lives is refused to others, and not listed`() async throws {
        let database = try Notes.database()
        let owner = try Notes.open(database)
        let mortal = MortalStore(base: owner, transactions: 1)
        let engine = try Engine(try flow(), request: Text(text: "data"), in: mortal)
        await #expect(throws: MortalStore.Death.self) { try await engine.run() }
        let other = try Notes.open()
        #expect(try await other.abandoned().isEmpty)
        let error = await #expect(throws: ClaimRefused.self) { try await other.claim(engine.id) }
        #expect(error?.reason == .held(by: database.liveness.own.label))
        // The owner itself knows that its engine has ended.
        #expect(try await owner.abandoned().map(\.id) == [engine.id])
        try await Engine(resuming: engine.id, with: try flow().recipe, in: owner).run()
        #expect(try await owner.notes() == ["data", "volume of data"])
    }

    @Test func `a hundred flows at once all succeed`() async throws {
        let store = try Notes.open()
        let flow = try flow()
        try await withThrowingTaskGroup { group in
            for number in 1...100 {
                group.addTask { try await Engine(flow, request: Text(text: "\(number)"), in: store).run() }
            }
            try await group.waitForAll()
        }
        #expect(try await store.notes().count == 200)
        #expect(try await store.flows(limit: 1000).map(\.state) == Array(repeating: .success, count: 100))
    }

    @Test func `a flow that could not be undone is retried by another process while its own still lives`() async throws
    {
        let living = try Notes.open()
        let world = Calls()
        let flow = try Flow("stubborn") {
            Stubborn(calls: world)
            Fail()
        }
        let engine = try Engine(flow, request: Nothing(), in: living)
        #expect(try await engine.advance() == .failure)
        #expect(try await living.abandoned().isEmpty)

        let retry = try await Engine(resuming: engine.id, with: flow.recipe, in: try Notes.open())
        #expect(try await retry.advance() == .reverted)
        #expect(world.all == ["undo", "undo"])
    }

    /// A step whose first revert fails.
    struct Stubborn: RevertibleTask {
        static let name = "stubborn"
        let calls: Calls

        func execute(_ input: Nothing) async throws -> Nothing { input }

        func revert(_ input: Nothing, after outcome: Outcome<Nothing>) async throws {
            calls.note("undo")
            if calls.all.count == 1 { throw Woot() }
        }
    }
}
