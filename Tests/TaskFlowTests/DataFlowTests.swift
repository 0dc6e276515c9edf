import TaskFlow
import Testing

struct DataFlowTests {
    struct Sum: Fields {
        @Field var sum: Int
    }

    struct Operands: Fields {
        @Field var x: Int
        @Field var y: Int
    }

    struct Snapshot: Fields {
        @Field var snapshot: String?
    }

    let trace = Trace()

    func run<Request>(_ flow: Flow<Request>, _ request: Request) async throws -> [String] {
        try await Engine(flow, request: request, in: MemoryStore()).run()
        return trace.lines
    }

    func add(_ name: String) -> Step<External<Operands, Sum>> {
        Step(External { Sum(sum: $0.x + $0.y) }, named: name)
    }

    func tell(_ name: String) -> Step<Pure<Sum, Nothing>> {
        Step(
            Pure { [trace] in
                trace.note("\(name): \($0.sum)")
                return Nothing()
            },
            named: name
        )
    }

    @Test func `values pass from the request and between steps by the names of their fields`() async throws {
        let flow = try Flow("sum", taking: Operands.self) {
            add("add")
            tell("tell")
        }
        #expect(try await run(flow, Operands(x: 2, y: 3)) == ["tell: 5"])
    }

    @Test func `a step can read and write under other names`() async throws {
        let flow = try Flow("sum", taking: Operands.self) {
            add("first").writing(\.$sum, to: "x2")
            add("second").reading(\.$x, from: "x2").reading(\.$y, from: "x2").writing(\.$sum, to: "x4")
            tell("tell").reading(\.$sum, from: "x4")
        }
        #expect(try await run(flow, Operands(x: 2, y: 3)) == ["tell: 10"])
    }

    @Test func `an injected value beats the request and the steps before`() async throws {
        let flow = try Flow("sum", taking: Operands.self) {
            add("add").injecting(40, as: \.$x)
            tell("by name")
            tell("injected").injecting(7, as: \.$sum)
        }
        #expect(try await run(flow, Operands(x: 2, y: 3)) == ["by name: 43", "injected: 7"])
    }

    @Test func `the request beats a step that gives the same name`() async throws {
        let flow = try Flow("export", taking: Host.self) {
            giving("from the step", named: "choose")
            reading("export", in: trace)
        }
        #expect(try await run(flow, Host(host: "from the request")) == ["export read from the request"])
    }

    @Test func `of two steps that give the same name the nearer one wins`() async throws {
        let flow = try Flow("export") {
            giving("one", named: "first")
            reading("early", in: trace)
            giving("two", named: "second")
            reading("late", in: trace)
        }
        #expect(try await run(flow, Nothing()) == ["early read one", "late read two"])
    }

    func tellSnapshot(_ name: String) -> Step<Pure<Snapshot, Nothing>> {
        Step(
            Pure { [trace] in
                trace.note("\(name): \($0.snapshot ?? "none")")
                return Nothing()
            },
            named: name
        )
    }

    @Test func `an optional value that nobody provides is absent`() async throws {
        let flow = try Flow("copy") { tellSnapshot("copy") }
        #expect(try await run(flow, Nothing()) == ["copy: none"])
    }

    @Test(arguments: [nil, "monday"])
    func `an optional value of the request is passed on or absent`(snapshot: String?) async throws {
        let flow = try Flow("copy", taking: Snapshot.self) { tellSnapshot("copy") }
        #expect(try await run(flow, Snapshot(snapshot: snapshot)) == ["copy: \(snapshot ?? "none")"])
    }

    @Test func `an optional value takes one that is always there`() async throws {
        let flow = try Flow("copy", taking: Host.self) {
            tellSnapshot("read").reading(\.$snapshot, from: "host")
            tellSnapshot("injected").injecting("friday", as: \.$snapshot)
            tellSnapshot("injected nothing").injecting(nil, as: \.$snapshot)
        }
        let lines = try await run(flow, Host(host: "node-1"))
        #expect(lines == ["read: node-1", "injected: friday", "injected nothing: none"])
    }

    @Test func `a flow without steps succeeds`() async throws {
        let engine = try Engine(Flow("empty") {}, request: Nothing(), in: MemoryStore())
        #expect(try await engine.advance() == .success)
    }

    @Test func `one flow is good for many runs at once`() async throws {
        let store = MemoryStore()
        let flow = try Flow("sum", taking: Operands.self) {
            add("add")
            tell("tell")
        }
        try await withThrowingTaskGroup { group in
            for number in 1...50 {
                group.addTask { try await Engine(flow, request: Operands(x: number, y: 0), in: store).run() }
            }
            try await group.waitForAll()
        }
        #expect(Set(trace.lines) == Set((1...50).map { "tell: \($0)" }))
    }

    @Test func `a value that can't be stored fails the step that gives it`() async throws {
        struct Ratio: Fields { @Field var ratio: Double }
        let flow = try Flow("ratio") {
            Step(
                External { (_: Nothing) in
                    Ratio(ratio: .nan)
                } undoing: { [trace] _, outcome in
                    if case .failed(let failure) = outcome { trace.note("undo after \(failure.type)") }
                },
                named: "divide"
            )
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        await #expect(throws: EncodingError.self) { try await engine.run() }
        #expect(engine.state == .reverted)
        #expect(trace.lines == ["undo after EncodingError"])
    }
}
