import Foundation
import Identity
import Testing

@testable import TaskFlow

struct ShapeTests {
    struct Second: RevertibleTask {
        static let (name, version) = ("b", 2)
        func execute(_ input: Nothing) async throws -> Nothing { input }
        func revert(_ input: Nothing, after outcome: Outcome<Nothing>) async throws {}
    }

    struct Words: Fields { @Field var size: String }

    /// A run of a flow 'f', stored with `shape`, that nobody holds.
    func run(with shape: RecordedShape?, in store: MemoryStore) async throws -> FlowID {
        let now = Date(timeIntervalSince1970: 0)
        let detail = FlowDetail(
            id: .random(),
            name: "f",
            version: 1,
            subject: "",
            request: #"{"size":1}"#,
            state: .running,
            createdAt: now,
            updatedAt: now,
            shape: shape
        )
        try await store.transact { try $0.insert(detail) }
        store.release(Claim(flow: detail.id, epoch: 1))
        return detail.id
    }

    /// What is said of a run of `old` that is to go on with `new`.
    func refusal(of old: Recipe, by new: Recipe) async throws -> RecipeMismatch? {
        let store = MemoryStore()
        let id = try await run(with: old.shape, in: store)
        do {
            _ = try await Engine(resuming: id, with: new, in: store)
            return nil
        } catch let error as RecipeMismatch {
            return error
        }
    }

    func differences(_ old: Flow<Nothing>, _ new: Flow<Nothing>) async throws -> [String]? {
        try await refusal(of: old.recipe, by: new.recipe)?.differences.map(\.description)
    }

    func step(_ name: String) -> Step<External<Nothing, Nothing>> { noting(name, in: Trace()) }

    @Test func `a shape tells all that others rely on`() throws {
        let flow = try Flow("f", taking: Size.self, retry: Step(Times(2))) {
            Step(Pure { (input: Size) in Host(host: "\(input.size)") }, named: "a").writing(\.$host, to: "target")
            Step(External { (_: Host) in Nothing() }, named: "b").reading(\.$host, from: "target")
        }
        let shape = try flow.recipe.shape.shape()
        #expect(shape.request.map(\.description) == ["size: Int"])
        #expect(shape.atoms.map(\.name) == ["times", "a", "b"])
        #expect(shape.atoms.map(\.kind) == [.retry, .task, .task])
        #expect(shape.atoms.map(\.effect) == [.pure, .pure, .external])
        #expect(shape.atoms.map(\.version) == [1, 1, 1])
        #expect(shape.atoms.map(\.retry) == [nil, "times", "times"])
        #expect(shape.atoms.map(\.after.atoms) == [[], ["times"], ["a"]])
        #expect(shape.atoms[1].takes.map { "\($0) from \($0.source ?? "")" } == ["size: Int from the request"])
        #expect(shape.atoms[1].gives.map { "\($0) as \($0.field ?? "")" } == ["target: String as host"])
        #expect(shape.atoms[2].takes.map { "\($0) from \($0.source ?? "")" } == ["target: String from 'a'"])
    }

    @Test func `the stored form is the same for the same flow, and read back as it was`() throws {
        func flow() throws -> Flow<Nothing> {
            try Flow("f") {
                UnorderedFlow("many") { for number in 1...50 { step("a\(number)") } }
                UnorderedFlow("more") { for number in 1...50 { step("b\(number)") } }
            }
        }
        let (one, other) = (try flow().recipe.shape, try flow().recipe.shape)
        #expect(one.text == other.text)
        #expect(one == other)
        #expect(try RecordedShape(stored: one.text).shape() == other.shape())
        // Fifty wait for fifty, and each of them is named once.
        #expect(one.text.split(separator: "\"a7\"").count == 3)
    }

    /// Its revert takes something else.
    struct Separate: SeparatelyRevertibleTask {
        typealias RevertInput = Host
        static let name = "separate"
        func execute(_ input: Size) async throws -> Nothing { Nothing() }
        func revert(_ input: Host, after outcome: Outcome<Nothing>) async throws {}
    }

    @Test(arguments: [
        "plain", "a \"quoted\" \\ name", "two\nlines\t\u{0}\u{1F}", "größe 💾 \u{7F}", "e\u{301}\"\u{301}",
    ])
    func `every part of a shape is read back as it was, whatever the names`(name: String) throws {
        let flow = try Flow("f", taking: Size.self, retry: Step(Times(2))) {
            giving("here", named: name).writing(\.$host, to: name + "-host")
            Step(Separate()).reverting(reading: \.$host, from: name + "-host")
            GraphFlow("g") {
                UnorderedFlow("u") { for number in 1...3 { step("u\(number)") } }
                UnorderedFlow("v") { for number in 1...3 { step("v\(number)") } }
            }
            .linking("u", to: "v") { (input: Size) in input.size > 0 }
        }
        let recorded = flow.recipe.shape
        var shape = try recorded.shape()
        #expect(try RecordedShape(stored: recorded.text).shape() == shape)
        #expect(shape.atoms.contains { $0.revertTakes != nil } && shape.atoms.contains { $0.deciders != nil })
        #expect(!shape.joins.isEmpty)
        shape.atoms[0].formerName = name
        #expect(try RecordedShape(stored: RecordedShape(shape).text).shape() == shape)
    }

    @Test func `a flow that is built anew is the same`() async throws {
        func flow() throws -> Flow<Nothing> { try Flow("f") { step("a") } }
        #expect(try await differences(flow(), flow()) == nil)
    }

    @Test func `steps that are new, gone or in another order are named`() async throws {
        let old = try Flow("f") { for name in ["a", "b", "c"] { step(name) } }
        #expect(
            try await differences(old, Flow("f") { for name in ["a", "c", "d"] { step(name) } })
                == ["'c' now waits for 'a'", "'d' is new", "'b' is gone"]
        )
        #expect(
            try await differences(old, Flow("f") { for name in ["b", "a", "c"] { step(name) } })
                == [
                    "'b' no longer waits for 'a'", "'a' now waits for 'b'", "'c' no longer waits for 'b'",
                    "'c' now waits for 'a'",
                ]
        )
        #expect(
            try await differences(
                Flow("f") {
                    UnorderedFlow("u") { for name in ["a", "b", "c"] { step(name) } }
                    UnorderedFlow("v") { for name in ["d", "e"] { step(name) } }
                },
                Flow("f") {
                    UnorderedFlow("u") { for name in ["a", "b"] { step(name) } }
                    UnorderedFlow("v") { for name in ["c", "d", "e"] { step(name) } }
                }
            )
                == ["'c' now waits for 'a', 'b'", "'d' no longer waits for 'c'", "'e' no longer waits for 'c'"]
        )
    }

    @Test func `a step of another version, kind, effect, type or source is named`() async throws {
        #expect(
            try await differences(Flow("f") { step("b") }, Flow("f") { Second() })
                == ["'b' has version 2 where the run has 1"]
        )
        #expect(
            try await differences(
                Flow("f") { step("a") },
                Flow("f") { Step(Pure { (_: Nothing) in Nothing() }, named: "a") }
            ) == ["'a' is pure where it was external"]
        )
        #expect(
            try await differences(
                Flow("f") { Step(Pure { (_: Nothing) in Size(size: 1) }, named: "a") },
                Flow("f") { Step(Pure { (_: Nothing) in Words(size: "1") }, named: "a") }
            ) == ["'a' gives 'size: String' where it gave 'size: Int'"]
        )
        let read = Step(Pure { (_: Size) in Nothing() }, named: "read")
        #expect(
            try await differences(
                Flow("f") {
                    Step(Pure { (_: Nothing) in Size(size: 1) }, named: "a")
                    read
                },
                Flow("f") {
                    Step(Pure { (_: Nothing) in Size(size: 1) }, named: "a")
                    read.injecting(2, as: \.$size)
                }
            ) == ["'read' takes 'size: Int' from the flow itself where it took 'size: Int' from 'a'"]
        )
        #expect(
            try await differences(Flow("f") { step("a") }, Flow("f", retry: Step(Times(2))) { step("a") })
                == ["'times' is new", "'a' is retried by 'times' where it was not retried"]
        )
    }

    @Test func `a step that others decide about is told, and to what depth`() async throws {
        func flow(_ depth: Depth?) throws -> Flow<Nothing> {
            try Flow("f") {
                giving("here", named: "a")
                let graph = GraphFlow("g") {
                    step("b")
                    step("c")
                }
                if let depth {
                    graph.linking("b", to: "c", depth: depth) { (input: Host) in input.host == "here" }
                } else {
                    graph.linking("b", to: "c")
                }
            }
        }
        #expect(try flow(.all).recipe.shape.shape().atoms.last?.deciders == ["all by what 'a' gives"])
        #expect(try await differences(flow(.all), flow(.all)) == nil)
        for (old, new) in [(Depth.all, Depth.atom), (nil, .all), (.flow, nil)] as [(Depth?, Depth?)] {
            #expect(
                try await differences(flow(old), flow(new)) == ["'c' has other deciders, or deciders of another depth"]
            )
        }
    }

    @Test func `a shape takes less than a KiB for a step, however many there are`() throws {
        for count in [10, 1_000] {
            let flow = try Flow("f") {
                for number in 1...count { giving("x", named: "a\(number)").writing(\.$host, to: "host\(number)") }
                UnorderedFlow("u") { for number in 1...count { step("b\(number)") } }
                UnorderedFlow("v") { for number in 1...count { step("c\(number)") } }
            }
            #expect(flow.recipe.shape.text.utf8.count < 3 * count * 1024)
        }
    }

    @Test func `a request that has changed is named, and what to do`() async throws {
        let error = try await refusal(
            of: Flow("f", taking: Size.self) { step("a") }.recipe,
            by: Flow("f", taking: Words.self) { step("a") }.recipe
        )
        #expect(
            error?.description == """
                flow \(try #require(error?.flow)) was started with 'f' version 1, but this program has another flow \
                under that version:
                  - the request has 'size: String' where it had 'size: Int'
                raise the flow's version, and give it an upgrade from version 1
                """
        )
    }

    @Test func `a run that was stored without a shape is not checked`() async throws {
        let store = MemoryStore()
        let id = try await run(with: nil, in: store)
        let engine = try await Engine(resuming: id, with: Flow("f") { step("a") }.recipe, in: store)
        #expect(try await engine.advance() == .success)
    }

    @Test func `a run whose shape can't be read is refused`() async throws {
        let store = MemoryStore()
        let (id, recipe) = (try await run(with: RecordedShape(stored: "no shape"), in: store), try Flow("f") {}.recipe)
        let error = await #expect(throws: RecipeMismatch.self) {
            try await Engine(resuming: id, with: recipe, in: store)
        }
        #expect(error?.stored.contains("stored shape can't be read") == true)
    }
}
