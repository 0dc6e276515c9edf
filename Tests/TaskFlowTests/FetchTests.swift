import TaskFlow
import Testing

struct FetchTests {
    struct Perhaps: Fields {
        @Field var size: Int
        @Field var snapshot: String?
    }

    func engine(_ flow: Flow<Perhaps>, snapshot: String? = nil) throws -> Engine<MemoryStore> {
        try Engine(flow, request: Perhaps(size: 1, snapshot: snapshot), in: MemoryStore())
    }

    func flow(failing isFailing: Bool = false) throws -> Flow<Perhaps> {
        try Flow("fetched", taking: Perhaps.self) {
            giving("node-1", named: "choose")
            if isFailing { failing("last") }
        }
    }

    @Test func `a value is there when it has been given, and until it is reverted`() async throws {
        let engine = try engine(flow())
        #expect(try engine.fetch("size", as: Int.self) == 1)
        let error = #expect(throws: ValueMissing.self) { try engine.fetch("host", as: String.self) }
        #expect(error?.description == "there is no 'host': no step has given it yet")
        try await engine.run()
        #expect(try engine.fetch("host") == "node-1")

        let reverted = try self.engine(flow(failing: true))
        try await reverted.advance()
        #expect(throws: ValueMissing.self) { try reverted.fetch("host", as: String.self) }
        #expect(Array(reverted.fetchAll().keys) == ["size"])
    }

    @Test func `a symbol that the flow does not have is told as such, and a value of another type`() async throws {
        let engine = try engine(flow())
        let unknown = #expect(throws: ValueMissing.self) { try engine.fetch("other", as: Int.self) }
        #expect(unknown?.description == "there is no 'other': no step of the flow gives it")
        let typed = #expect(throws: ValueMissing.self) { try engine.fetch("size", as: String.self) }
        #expect(typed?.description == "there is no 'size': it is a Int, not a String")
    }

    @Test func `what the request leaves out is not there`() throws {
        let without = try engine(flow())
        #expect(throws: ValueMissing.self) { try without.fetch("snapshot", as: String.self) }
        #expect(Array(without.fetchAll().keys) == ["size"])
        let with = try engine(flow(), snapshot: "snapshot-1")
        #expect(try with.fetch("snapshot") == "snapshot-1")
        #expect(with.fetchAll().keys.sorted() == ["size", "snapshot"])
    }
}
