import TaskFlow
import Testing

/// TaskFlow's cases about the sources of values. A request stands for TaskFlow's store.
struct TaskFlowArgumentTests {
    struct Letters: Fields {
        @Field var a: Int
        @Field var b: Int
        @Field var c: Int
        @Field var x: Int
        @Field var y: Int
        @Field var z: Int
    }

    struct XYZ: Fields {
        @Field var x: Int
        @Field var y: Int
        @Field var z: Int
    }

    struct R: Fields {
        @Field var r: Int
    }

    let recorder = Recorder()

    // The full list of the case's second part is three edits here, as fields have no order.
    @Test(arguments: [(false, "x=1, y=5, z=6", 12), (true, "x=1, y=2, z=3", 6)])
    func `rebind as dict, as full list`(isFull: Bool, arguments: String, result: Int) async throws {
        let one = recorder.task("m") { (input: XYZ) in R(r: input.x + input.y + input.z) }.reading(\.$x, from: "a")
        let all = one.reading(\.$y, from: "b").reading(\.$z, from: "c")
        let flow = try Flow("m", taking: Letters.self) { isFull ? all : one }
        let run = try await recorder.run(flow, Letters(a: 1, b: 2, c: 3, x: 4, y: 5, z: 6))
        #expect(
            run.trace == """
                m.f RUNNING
                m.t RUNNING
                > m.execute(\(arguments))
                m.t SUCCESS(\(result))
                m.f SUCCESS
                """
        )
    }

    @Test(arguments: ["store", nil])
    func `precedence of values: atom inject > flow store > provider`(stored: String?) async throws {
        @FlowBuilder func steps() -> [any FlowPart] {
            recorder.task("a") { (_: Nothing) in V(v: "from-a") }
            recorder.task("b") { (_: V) in Nothing() }.injecting("injected", as: \.$v)
            recorder.task("c") { (_: V) in Nothing() }
        }
        let run =
            if let stored {
                try await recorder.run(Flow("f", taking: V.self, steps: steps), V(v: stored))
            } else {
                try await recorder.run(Flow("f", steps: steps))
            }
        #expect(
            run.trace == """
                f.f RUNNING
                a.t RUNNING
                > a.execute()
                a.t SUCCESS('from-a')
                b.t RUNNING
                > b.execute(v='injected')
                b.t SUCCESS(None)
                c.t RUNNING
                > c.execute(v='\(stored ?? "from-a")')
                c.t SUCCESS(None)
                f.f SUCCESS
                """
        )
        #expect(run.symbols == (stored == nil ? "{v: 'from-a'}" : "{v: ['store', 'from-a']}"))
        #expect(run.atoms == "a=SUCCESS, b=SUCCESS, c=SUCCESS")
    }

    // Of several injected values, TaskFlow takes the one that was injected first; here the one nearest to the step is
    // taken.
    @Test func `a value of a flow takes precedence over the request and steps, an inner flow's over an outer's`()
        async throws
    {
        let flow = try Flow("f", taking: V.self) {
            LinearFlow("outer") {
                recorder.task("a") { (_: Nothing) in V(v: "from-a") }
                recorder.task("b") { (_: V) in Nothing() }
                UnorderedFlow("inner") {
                    recorder.task("c") { (_: V) in Nothing() }
                    recorder.task("d") { (_: V) in Nothing() }.injecting("own", as: \.$v)
                }
                .injecting("inner", as: "v")
            }
            .injecting("outer", as: "v")
            recorder.task("e") { (_: V) in Nothing() }
        }
        let run = try await recorder.run(flow, V(v: "request"))
        let calls = run.trace.split(separator: "\n").filter { $0.contains("(v=") }
        #expect(
            calls == [
                "> b.execute(v='outer')", "> c.execute(v='inner')", "> d.execute(v='own')", "> e.execute(v='request')",
            ]
        )
        #expect(run.symbols == "{v: ['request', 'from-a']}")
    }

    @Test func `the nearest earlier provider in the same flow wins`() async throws {
        let flow = try Flow("f") {
            recorder.task("a1") { (_: Nothing) in V(v: "one") }
            recorder.task("a2") { (_: Nothing) in V(v: "two") }
            recorder.task("c") { (_: V) in Nothing() }
        }
        let run = try await recorder.run(flow)
        #expect(
            run.trace == """
                f.f RUNNING
                a1.t RUNNING
                > a1.execute()
                a1.t SUCCESS('one')
                a2.t RUNNING
                > a2.execute()
                a2.t SUCCESS('two')
                c.t RUNNING
                > c.execute(v='two')
                c.t SUCCESS(None)
                f.f SUCCESS
                """
        )
        #expect(run.symbols == "{v: ['one', 'two']}")
    }

    // Here the flow is refused when it is built, and the error names the step.
    @Test func `several values are missing`() {
        struct P: Fields { @Field var p: Int }
        struct QR: Fields {
            @Field var q: Int
            @Field var r: Int
        }
        let error = #expect(throws: FlowCompilationError.self) {
            try Flow("f") {
                recorder.task("a") { (_: P) in Nothing() }
                recorder.task("b") { (_: QR) in Nothing() }
            }
        }
        #expect(
            error?.problems == [
                "'a' requires 'p: Int', which nothing before it provides",
                "'b' requires 'q: Int', which nothing before it provides",
                "'b' requires 'r: Int', which nothing before it provides",
            ]
        )
    }

    @Test func `two tasks of one name`() {
        let error = #expect(throws: FlowCompilationError.self) {
            try Flow("f") {
                recorder.task("same")
                recorder.task("same")
            }
        }
        #expect(error?.problems == ["two steps are named 'same'"])
    }

    // The default is in the body and not in the signature, so the call does not show it.
    @Test(
        arguments: [
            (nil, nil, "a=3", 15), (7, nil, "a=3, b=7", 21), (7, 1_000, "a=3, b=1000", 3_000),
        ] as [(Int?, Int?, String, Int)]
    )
    func `optional arguments: default, store, inject`(
        stored: Int?,
        injected: Int?,
        arguments: String,
        result: Int
    ) async throws {
        struct AB: Fields {
            @Field var a: Int
            @Field var b: Int?
        }
        let plain = recorder.task("o") { (input: AB) in R(r: input.a * (input.b ?? 5)) }
        let flow = try Flow("f", taking: AB.self) {
            if let injected { plain.injecting(injected, as: \.$b) } else { plain }
        }
        let run = try await recorder.run(flow, AB(a: 3, b: stored))
        #expect(
            run.trace == """
                f.f RUNNING
                o.t RUNNING
                > o.execute(\(arguments))
                o.t SUCCESS(\(result))
                f.f SUCCESS
                """
        )
        #expect(run.symbols == "{a: 3, \(stored.map { "b: \($0), " } ?? "")r: \(result)}")
    }

    // TaskFlow fails while it schedules 'b', and leaves it RUNNING; here the argument is absent, as if nothing provided
    // the value.
    @Test func `an optional argument whose provider is not visible is absent`() async throws {
        struct OptionalV: Fields { @Field var v: String? }
        let flow = try Flow("f") {
            UnorderedFlow("u") {
                recorder.task("a") { (_: Nothing) in V(v: "a") }
                recorder.task("b") { (_: OptionalV) in Nothing() }
            }
        }
        let run = try await recorder.run(flow)
        #expect(run.trace.contains("> b.execute()"))
        #expect(run.state == .success)
    }

    // Results are named by fields only, so they can't be too few, which is the case's fourth part.
    @Test func `a task provides several values`() async throws {
        struct BMS: Fields {
            @Field var b: Int
            @Field var m: Int
            @Field var s: Int
        }
        let flow = try Flow("t") { recorder.task("t") { (_: Nothing) in BMS(b: 1, m: 3, s: 5) } }
        let run = try await recorder.run(flow)
        #expect(run.trace.contains("t.t SUCCESS((1, 3, 5))"))
        #expect(run.symbols == "{b: 1, m: 3, s: 5}")
    }

    // Here a revert has the inputs of its execution, so 'handle' is one of them, and no result.
    @Test func `revert gets result and flow failures`() async throws {
        struct SizeAndHandle: Fields {
            @Field var size: Int
            @Field var handle: String
        }
        struct ID: Fields { @Field var id: Int }
        let flow = try Flow("f", taking: SizeAndHandle.self) {
            recorder.task("o") { (_: SizeAndHandle) in ID(id: 42) }
            recorder.raising("bad")
        }
        let run = try await recorder.run(flow, SizeAndHandle(size: 1, handle: "h"))
        #expect(
            run.trace == """
                f.f RUNNING
                o.t RUNNING
                > o.execute(handle='h', size=1)
                o.t SUCCESS(42)
                bad.t RUNNING
                > bad.execute()
                bad.t FAILURE(Failure: RuntimeError: Woot!)
                bad.t REVERTING
                > bad.revert(result=Failure: RuntimeError: Woot!, flow_failures=['bad'])
                bad.t REVERTED(None)
                o.t REVERTING
                > o.revert(handle='h', size=1, result=42, flow_failures=['bad'])
                o.t REVERTED(None)
                f.f REVERTED
                """
        )
        #expect(run.symbols == "{handle: 'h', size: 1}")
        #expect(run.raised == "RuntimeError: Woot!")
    }
}
