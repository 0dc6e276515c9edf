import TaskFlow
import Testing

struct CompilerTests {
    struct Pair: Fields {
        @Field var first: Int
        @Field var second: Int
    }

    struct OptionalSize: Fields {
        @Field var size: Int?
    }

    struct TextSize: Fields {
        @Field var size: String
    }

    enum Mode: String, Codable { case thick, thin }

    struct Plain: Fields {
        @Field var size: Int
        var mode: Mode
    }

    /// Writes into runs in memory, where others write into a ledger.
    struct Foreign: TransactionalTask {
        static let name = "foreign"
        func execute(_ input: Nothing, in transaction: MemoryTransaction) throws -> Nothing { input }
    }

    let takesSize = Pure { (_: Size) in Nothing() }
    let givesPair = Pure { (_: Nothing) in Pair(first: 1, second: 2) }
    let writes = Transactional { (_: Nothing, _) in Nothing() }

    func problems<Request: Fields>(
        taking request: Request.Type = Nothing.self,
        @FlowBuilder steps: () -> [any FlowPart]
    ) throws -> [String] {
        let error = #expect(throws: FlowCompilationError.self) { try Flow("wrong", taking: request, steps: steps) }
        return try #require(error).problems
    }

    @Test func `a value that nobody provides is refused`() throws {
        let problems = try problems { Step(takesSize, named: "reserve") }
        #expect(problems == ["'reserve' requires 'size: Int', which nothing before it provides"])
    }

    @Test func `a value that only a later step provides is refused`() throws {
        let problems = try problems {
            reading("export", in: Trace())
            giving("node-1", named: "choose")
        }
        #expect(problems == ["'export' requires 'host: String', which nothing before it provides"])
    }

    @Test func `a name that differs only in case is pointed out`() throws {
        let problems = try problems {
            Step(Pure { (_: Nothing) in Host(host: "node-1") }, named: "choose").writing(\.$host, to: "HOST")
            reading("export", in: Trace())
        }
        #expect(
            problems == [
                "'export' requires 'host: String', which nothing before it provides ('choose' gives 'HOST: String')"
            ]
        )
    }

    @Test func `a value of the wanted type is pointed out`() throws {
        let problems = try problems(taking: Host.self) {
            Step(Pure { (_: TextSize) in Nothing() }, named: "parse")
        }
        #expect(
            problems == [
                "'parse' requires 'size: String', which nothing before it provides (the request gives 'host: String')"
            ]
        )
    }

    @Test func `a value of another type in the request is refused`() throws {
        let problems = try problems(taking: TextSize.self) { Step(takesSize, named: "reserve") }
        #expect(problems == ["'reserve' requires 'size: Int', but the request gives 'size: String'"])
    }

    @Test func `a value of another type from a step is refused`() throws {
        let problems = try problems {
            Step(Pure { (_: Nothing) in TextSize(size: "1") }, named: "parse")
            Step(takesSize, named: "reserve")
        }
        #expect(problems == ["'reserve' requires 'size: Int', but 'parse' gives 'size: String'"])
    }

    @Test func `a value that may be left out is refused where it is required`() throws {
        let problems = try problems(taking: OptionalSize.self) { Step(takesSize, named: "reserve") }
        #expect(problems == ["'reserve' requires 'size: Int', but the request may leave it out"])
    }

    @Test func `two steps of one name are refused`() throws {
        let problems = try problems(taking: Size.self) {
            takesSize
            takesSize
        }
        #expect(problems == ["two steps are named 'pure'"])
    }

    @Test func `two outputs under one name are refused`() throws {
        let problems = try problems { Step(givesPair, named: "pair").writing(\.$second, to: "first") }
        #expect(problems == ["'pair' gives 'first' twice"])
    }

    @Test func `a field that is both read and injected is refused`() throws {
        let problems = try problems(taking: Size.self) {
            Step(takesSize, named: "reserve").reading(\.$size, from: "size").injecting(1, as: \.$size)
        }
        #expect(problems == ["'reserve' both reads and injects 'size'"])
    }

    @Test func `a plain stored property of a step is refused by name`() throws {
        let problems = try problems { Pure { (_: Plain) in Nothing() } }
        #expect(
            problems == ["'pure': 'mode' is a plain Mode: declare it '@Field var mode: Mode'"]
        )
    }

    @Test func `a plain stored property of a request is refused by name`() throws {
        let problems = try problems(taking: Plain.self) {}
        #expect(problems == ["the request Plain: 'mode' is a plain Mode: declare it '@Field var mode: Mode'"])
    }

    @Test func `steps that need different transactions are refused`() throws {
        let problems = try problems {
            Step(writes, named: "book")
            Foreign()
        }
        #expect(problems == ["'foreign' needs a MemoryTransaction, but 'book' needs a LedgerTransaction"])
    }

    @Test func `a conclusion that needs another transaction than the steps is refused`() throws {
        let error = #expect(throws: FlowCompilationError.self) {
            try Flow("wrong", taking: Nothing.self) {
                Step(writes, named: "book")
            } concluding: { (_, _, _: MemoryTransaction) in
            }
        }
        #expect(
            error?.problems == ["its conclusion needs a MemoryTransaction, but 'book' needs a LedgerTransaction"]
        )
    }

    @Test func `all that is wrong is told at once`() throws {
        let error = #expect(throws: FlowCompilationError.self) {
            try Flow("wrong", taking: TextSize.self) {
                Step(takesSize, named: "reserve")
                Step(takesSize, named: "reserve").reading(\.$size, from: "bytes")
            }
        }
        #expect(
            error?.description == """
                flow 'wrong' does not compile:
                  - 'reserve' requires 'size: Int', but the request gives 'size: String'
                  - two steps are named 'reserve'
                  - 'reserve' requires 'bytes: Int', which nothing before it provides
                """
        )
    }

    @Test(arguments: [true, false])
    func `conditions and loops decide which steps there are`(isChecked: Bool) throws {
        let trace = Trace()
        let flow = try Flow("built") {
            if isChecked { noting("check", in: trace) }
            if isChecked {
                noting("thick", in: trace)
            } else {
                noting("thin", in: trace)
            }
            for number in 1...2 { noting("copy-\(number)", in: trace) }
        }
        #expect(flow.recipe.steps == (isChecked ? ["check", "thick"] : ["thin"]) + ["copy-1", "copy-2"])
    }

    @Test func `a flow whose steps need another store is refused by the engine`() throws {
        let flow = try Flow("booking") { writes }
        let error = #expect(throws: UnfitStore.self) { try Engine(flow, request: Nothing(), in: MemoryStore()) }
        #expect(
            error?.description
                == "flow 'booking' has steps that need a store with LedgerTransaction, but this store has MemoryTransaction"
        )
    }

    @Test func `a flow whose conclusion needs another store is refused by the engine`() throws {
        let flow = try Flow("booking", taking: Nothing.self) {
        } concluding: { (_, _, _: LedgerTransaction) in
        }
        #expect(throws: UnfitStore.self) { try Engine(flow, request: Nothing(), in: MemoryStore()) }
    }
}
