import TaskFlow
import Testing

struct DeciderTests {
    typealias Attempt = Times.Output

    let store = LedgerStore()
    let trace = Trace()

    func step(_ name: String) -> Step<External<Nothing, Nothing>> { noting(name, in: trace) }

    /// Says no to everything.
    static let no: @Sendable (Nothing) -> Bool = { _ in false }

    /// Runs a graph to its end, and gives where its steps are.
    @discardableResult
    func run(_ parts: GraphFlow) async throws -> [String: AtomState] {
        let flow = try Flow("decided") { parts }
        let engine = try Engine(flow, request: Nothing(), in: store)
        try await engine.advance()
        return try await store.states(of: engine.id)
    }

    // MARK: - Depths

    @Test(arguments: [Depth.all, .flow])
    func `a decider on a subflow governs its first steps`(depth: Depth) async throws {
        let states = try await run(
            GraphFlow("g") {
                step("a")
                UnorderedFlow("sub") {
                    step("x")
                    LinearFlow("l") {
                        step("y")
                        step("z")
                    }
                }
                step("last")
            }
            .linking("a", to: "sub", depth: depth, when: Self.no).linking("sub", to: "last")
        )
        let isDeep = depth == .all
        #expect(states["x"] == .ignore)
        #expect(states["y"] == .ignore)
        // 'z' is in the flow of 'y', 'last' in that of none of them.
        #expect(states["z"] == .ignore)
        #expect(states["last"] == (isDeep ? .ignore : .success))
        #expect(trace.lines == (isDeep ? ["a"] : ["a", "last"]))
    }

    @Test(arguments: Depth.allCases)
    func `what many steps lead to is ignored only by the deepest`(depth: Depth) async throws {
        let states = try await run(
            GraphFlow("g") {
                step("a")
                step("b")
                step("c")
                UnorderedFlow("sub") {
                    step("x")
                    step("y")
                }
            }
            .linking("a", to: "b", depth: depth, when: Self.no).linking("b", to: "sub").linking("c", to: "sub")
        )
        let expected: AtomState = depth == .all ? .ignore : .success
        #expect(states == ["a": .success, "b": .ignore, "c": .success, "x": expected, "y": expected])
    }

    @Test func `what comes after an ignored step waits for all that the ignored one waited for`() async throws {
        let states = try await run(
            GraphFlow("g") {
                step("a")
                step("b")
                step("first")
                failing("second")
                step("join")
                step("last")
            }
            .linking("a", to: "b", depth: .neighbors, when: Self.no).linking("b", to: "join")
            .linking("first", to: "second").linking("second", to: "join").linking("join", to: "last")
        )
        #expect(states["join"] == .ignore)
        #expect(states["last"] == nil)
        #expect(Set(trace.lines) == ["a", "first", "undo a", "undo first"])
    }

    // MARK: - Retries around

    @Test func `an attempt decides anew about what another has ignored`() async throws {
        let flow = try Flow("decided", retry: Step(Times(2))) {
            GraphFlow("g") {
                step("a")
                step("b")
                Step(
                    External { (input: Attempt) in
                        if input.attempt == 1 { throw Woot() }
                        return Nothing()
                    },
                    named: "c"
                )
            }
            .linking("a", to: "b", depth: .atom) { (input: Attempt) in input.attempt == 2 }
            .linking("b", to: "c")
        }
        let engine = try Engine(flow, request: Nothing(), in: store)
        engine.atomNotifier.register { [trace] in if $0.atom == "b" { trace.note("b is \($0.state.rawValue)") } }
        try await engine.run()
        #expect(
            trace.lines == [
                "a", "b is IGNORE", "undo a", "b is PENDING", "a", "b is RUNNING", "b", "b is SUCCESS",
            ]
        )
    }

    @Test func `a subflow runs without its retry if that alone is ignored`() async throws {
        let states = try await run(
            GraphFlow("g") {
                step("a")
                LinearFlow("sub", retry: Step(Times(3), named: "retry")) {
                    step("b")
                    failing("c")
                }
            }
            .linking("a", to: "sub", depth: .atom, when: Self.no)
        )
        #expect(states == ["a": .reverted, "retry": .ignore, "b": .reverted, "c": .reverted])
        #expect(trace.lines == ["a", "b", "undo b", "undo a"])
    }

    @Test func `a subflow that is ignored takes its retry along`() async throws {
        let states = try await run(
            GraphFlow("g") {
                step("a")
                LinearFlow("sub", retry: Step(Times(3), named: "retry")) { step("b") }
            }
            .linking("a", to: "sub", when: Self.no)
        )
        #expect(states == ["a": .success, "retry": .ignore, "b": .ignore])
    }

    // MARK: - Reverts

    @Test func `a rollback passes over ignored steps, in order`() async throws {
        let states = try await run(
            GraphFlow("g") {
                step("a")
                step("b")
                step("c")
                step("d")
                failing("e")
            }
            .linking("a", to: "b", depth: .neighbors, when: Self.no)
            .linking("b", to: "c").linking("c", to: "d").linking("d", to: "e")
        )
        #expect(trace.lines == ["a", "d", "undo d", "undo a"])
        #expect(states["b"] == .ignore)
        #expect(states["c"] == .ignore)
    }

    // MARK: - Deciders that throw

    @Test(arguments: [true, false])
    func `what a decider throws fails its step, and the flow is reverted`(isTransactional: Bool) async throws {
        let flow = try Flow("decided") {
            step("first")
            GraphFlow("g") {
                if isTransactional {
                    Step(Transactional { (_: Nothing, _) in Nothing() }, named: "a")
                } else {
                    step("a")
                }
                step("b")
            }
            .linking("a", to: "b") { (_: Nothing) in throw Woot(message: "undecided") }
        }
        let engine = try Engine(flow, request: Nothing(), in: store)
        await #expect(throws: Woot(message: "undecided")) { try await engine.run() }
        #expect(engine.state == .reverted)
        #expect(trace.count(of: "undo first") == 1)
        #expect(trace.count(of: "b") == 0)
        #expect(try await store.states(of: engine.id) == ["first": .reverted, "a": .reverted, "b": .reverted])
    }

    @Test func `a retry may resolve what a decider throws`() async throws {
        let flow = try Flow("decided", retry: Step(Times(2))) {
            GraphFlow("g") {
                step("a")
                step("b")
            }
            .linking("a", to: "b") { (input: Attempt) in
                if input.attempt == 1 { throw Woot() }
                return true
            }
        }
        try await Engine(flow, request: Nothing(), in: store).run()
        #expect(trace.lines == ["a", "undo b", "undo a", "a", "b"])
    }

    // MARK: - Crashes

    /// The second transaction stores that 'a' has succeeded and that 'b' starts, the third that 'b' has succeeded.
    @Test(arguments: [2, 3])
    func `nobody is asked again about a step that has started`(transaction: Int) async throws {
        let store = LedgerStore(faults: [.init(transaction: transaction, moment: .afterwards)])
        let trace = trace
        let flow = try Flow("decided") {
            GraphFlow("g") {
                step("a")
                step("b")
            }
            .linking("a", to: "b") { (_: Nothing) in
                trace.note("asked")
                return true
            }
        }
        let engine = try Engine(flow, request: Nothing(), in: store)
        await #expect(throws: StoreDown.self) { try await engine.run() }
        let resumed = try await Engine(resuming: engine.id, with: flow.recipe, in: store)
        #expect(try await resumed.advance() == .success)
        #expect(trace.count(of: "asked") == 1)
    }

    @Test func `what has been ignored stays so in another process`() async throws {
        let store = LedgerStore(faults: [.init(transaction: 3, moment: .instead)])
        let trace = trace
        let flow = try Flow("decided") {
            GraphFlow("g") {
                step("a")
                step("b")
                step("c")
            }
            .linking("a", to: "b", depth: .atom) { (_: Nothing) in trace.count(of: "c") > 0 }
            .linking("b", to: "c")
        }
        let engine = try Engine(flow, request: Nothing(), in: store)
        await #expect(throws: StoreDown.self) { try await engine.run() }
        let resumed = try await Engine(resuming: engine.id, with: flow.recipe, in: store)
        #expect(try await resumed.advance() == .success)
        #expect(trace.lines == ["a", "c", "c"])
    }

    // MARK: - What is refused

    func problems(_ depth: Depth, @FlowBuilder _ last: () -> [any FlowPart]) -> [String] {
        do {
            _ = try Flow("refused") {
                GraphFlow("g") {
                    step("a")
                    giving("node-1", named: "choose")
                    last()
                }
                .linking("a", to: "choose", depth: depth, when: Self.no)
            }
            return []
        } catch {
            return error.problems
        }
    }

    static func missing(_ who: String) -> [String] {
        [
            "\(who) requires 'host: String', which is missing when a decider ignores 'choose': "
                + "make it optional, or ignore deeper"
        ]
    }

    @Test func `a value that may be missing is refused where it is required`() {
        #expect(problems(.atom) { reading("export", in: trace) } == Self.missing("'export'"))
        for depth in [Depth.neighbors, .flow, .all] { #expect(problems(depth) { reading("export", in: trace) } == []) }
        struct Perhaps: Fields { @Field var host: String? }
        #expect(problems(.atom) { Step(Pure { (_: Perhaps) in Nothing() }, named: "export") } == [])
    }

    @Test func `and where a revert requires it, or a decider`() {
        struct Export: SeparatelyRevertibleTask {
            static let name = "export"
            func execute(_ input: Nothing) async throws -> Nothing { input }
            func revert(_ input: Host, after outcome: Outcome<Nothing>) async throws {}
        }
        #expect(problems(.atom) { Export() } == Self.missing("'export'"))
        let decided = problems(.atom) {
            GraphFlow("inner") {
                step("x")
                step("y")
            }
            .linking("x", to: "y") { (_: Host) in true }
        }
        // Nothing orders 'inner' after 'choose'.
        #expect(decided == ["'the decider on y' requires 'host: String', which nothing before it provides"])
        let error = #expect(throws: FlowCompilationError.self) {
            try Flow("refused") {
                GraphFlow("g") {
                    step("a")
                    giving("node-1", named: "choose")
                    step("x")
                    step("y")
                }
                .linking("a", to: "choose", depth: .atom, when: Self.no).linking("choose", to: "x")
                .linking("x", to: "y") { (_: Host) in true }
            }
        }
        #expect(error?.problems == Self.missing("the decider on 'y'"))
    }

    @Test func `a decider on the link from the step whose value it reads is not asked without it`() async throws {
        let states = try await run(
            GraphFlow("g") {
                step("a")
                giving("node-1", named: "choose")
                step("x")
            }
            .linking("a", to: "choose", depth: .atom, when: Self.no)
            .linking("choose", to: "x") { (_: Host) in false }
        )
        #expect(states == ["a": .success, "choose": .ignore, "x": .success])
    }
}
