import Foundation
import Testing

@testable import TaskFlow

struct FieldTests {
    struct Mixed: Fields, Equatable {
        @Field var size: Int
        @Field var snapshot: String?
        @Field var tags: [String]
    }

    @Test func `a struct of fields is made and read as if they were plain`() {
        var mixed = Mixed(size: 1, snapshot: nil, tags: [])
        mixed.size = 2
        #expect(mixed.size == 2)
        #expect(mixed == Mixed(size: 2, snapshot: nil, tags: []))
        #expect(mixed != Mixed(size: 2, snapshot: "monday", tags: []))
    }

    @Test func `its fields are known by name, type and whether they may be left out`() throws {
        let map = try FieldMap<Mixed>()
        #expect(map.ports.map(\.description) == ["size: Int", "snapshot: String?", "tags: Array<String>"])
        #expect(map.name(of: \.$size) == "size")
        #expect(map.name(of: \.$snapshot) == "snapshot")
        #expect(try FieldMap<Nothing>().ports.isEmpty)
    }

    @Test func `it is put together from values, and taken apart into them`() throws {
        let map = try FieldMap<Mixed>()
        let mixed = Mixed(size: 1, snapshot: "monday", tags: ["a", "b"])
        #expect(try map.assemble(map.dissect(mixed)) == mixed)
        #expect(try map.assemble([1, nil, [String]()]) == Mixed(size: 1, snapshot: nil, tags: []))
        #expect(throws: FieldMismatch.self) { try map.assemble([nil, nil, [String]()]) }
        #expect(throws: FieldMismatch.self) { try map.assemble(["1", nil, [String]()]) }
    }

    @Test func `its values and its stored form are taken at once`() throws {
        let mixed = Mixed(size: 1, snapshot: nil, tags: ["a"])
        let (values, stored) = try FieldMap<Mixed>().take(mixed)
        #expect(try FieldMap<Mixed>().assemble(values) == mixed)
        #expect(stored == #"{"size":1,"snapshot":null,"tags":["a"]}"#)
    }

    @Test func `the values of a request are found by the names of its fields`() throws {
        let map = try FieldMap<Mixed>()
        let values = try map.dissect(Mixed(size: 1, snapshot: nil, tags: ["a"])).map(Optional.some)
        let request = RequestValues(ports: map.ports, values: values[...])
        #expect(request["size"] == 1)
        #expect(request["tags"] == ["a"])
        #expect(request["snapshot", as: String.self] == nil)
        #expect(request["size", as: String.self] == nil)
        #expect(request["colour", as: String.self] == nil)
    }

    @Test func `its stored form is a plain JSON object`() throws {
        let map = try FieldMap<Mixed>()
        let mixed = Mixed(size: 1, snapshot: nil, tags: ["/dev/sda"])
        #expect(try map.encode(mixed) == #"{"size":1,"snapshot":null,"tags":["/dev/sda"]}"#)
        #expect(try map.decode(map.encode(mixed)) == mixed)
        #expect(try FieldMap<Nothing>().encode(Nothing()) == "{}")
    }

    @Test func `a record from before an optional field can be read, one from before another can't`() throws {
        let map = try FieldMap<Mixed>()
        #expect(try map.decode(#"{"size":1,"tags":[]}"#) == Mixed(size: 1, snapshot: nil, tags: []))
        #expect(throws: DecodingError.self) { try map.decode(#"{"snapshot":"monday","tags":[]}"#) }
        #expect(throws: DecodingError.self) { try map.decode(#"{"size":"1","tags":[]}"#) }
    }

    /// One of each kind of value that JSON is known to bend.
    struct Awkward: Fields, Equatable {
        struct Nested: Codable, Equatable {
            var name = "a\0\"\\/💾"
            var deep: [String: [Int?]] = ["": [1, nil]]
        }

        @Field var unsigned: UInt64
        @Field var signed: Int64
        @Field var fraction: Double
        @Field var decimal: Decimal
        @Field var date: Date
        @Field var data: Data
        @Field var absent: Nested?
        @Field var nested: Nested
        @Field var bool: Bool
    }

    @Test func `a resumed flow sees the values that it would have seen`() async throws {
        let values = Awkward(
            unsigned: .max,
            signed: .min,
            fraction: 0.1 + 0.2,
            decimal: try #require(Decimal(string: "0.12345678901234567890123456789")),
            date: Date(timeIntervalSinceReferenceDate: 1.000_000_1),
            data: Data([0, 255]),
            absent: nil,
            nested: .init(),
            bool: true
        )
        let trace = Trace()
        let store = LedgerStore(faults: [.init(transaction: 3, moment: .instead)])
        let flow = try Flow("awkward") {
            Step(External { (_: Nothing) in values }, named: "give")
            Step(
                External { (input: Awkward) in
                    trace.note("\(input == values)")
                    return Nothing()
                },
                named: "take"
            )
        }
        let first = try Engine(flow, request: Nothing(), in: store)
        await #expect(throws: StoreDown.self) { try await first.run() }
        try await Engine(resuming: first.id, with: flow.recipe, in: store).run()
        #expect(trace.lines == ["true", "true"])
    }

    struct Content: Fields {
        @Field var bytes: Data
        @Field var place: URL
        @Field var spare: Data?
    }

    @Test func `bytes are stored as base64, and read as earlier versions stored them`() throws {
        let map = try FieldMap<Content>()
        let place = try #require(URL(string: "http://host/path"))
        let content = Content(bytes: Data([0, 255, 7]), place: place, spare: Data([1]))
        let stored = try map.encode(content)
        #expect(stored == #"{"bytes":"AP8H","place":"http://host/path","spare":"AQ=="}"#)
        let old = #"{"bytes":[0,255,7],"place":{"relative":"http://host/path"},"spare":"AQ=="}"#
        for text in [stored, old] {
            let read = try map.decode(text)
            #expect(read.bytes == content.bytes)
            #expect(read.place == place)
            #expect(read.spare == content.spare)
        }
        #expect(throws: DecodingError.self) { try map.decode(#"{"bytes":7,"place":"http://host/path"}"#) }
    }
}
