import TaskFlow
import Testing

/// TaskFlow's cases about unordered and graph flows. Where TaskFlow does not define the order of lines, the test checks
/// only the order that must hold.
struct TaskFlowPatternTests {
    let recorder = Recorder()

    @Test func `priority orders the start, siblings all start before any finishes`() async throws {
        let flow = try Flow("u") {
            UnorderedFlow("u") {
                Step(Prioritized<P0>(), named: "p0")
                Step(Prioritized<P1>(), named: "p1")
                Step(Prioritized<P2>(), named: "p2")
            }
        }
        let run = try await recorder.run(flow)
        let order = ["p2.t RUNNING", "p1.t RUNNING", "p0.t RUNNING", "p2.t SUCCESS(None)", "p0.t SUCCESS(None)"]
        #expect(run.hasInOrder(order))
        #expect(run.state == .success)
    }

    @Test func `siblings already submitted still complete, then all revert`() async throws {
        let flow = try Flow("u") {
            UnorderedFlow("u") {
                recorder.task("a") { (_: Nothing) in X(x: 1) }
                recorder.raising("bad")
                recorder.task("b") { (_: Nothing) in Y(y: 2) }
            }
        }
        let run = try await recorder.run(flow)
        let failure = "bad.t FAILURE(Failure: RuntimeError: Woot!)"
        #expect(
            run.hasInOrder(["b.t RUNNING", "a.t SUCCESS(1)", "a.t REVERTING", "a.t REVERTED(None)", "u.f REVERTED"])
        )
        #expect(run.hasInOrder(["b.t RUNNING", failure, "bad.t REVERTING", "bad.t REVERTED(None)", "u.f REVERTED"]))
        #expect(run.hasInOrder([failure, "b.t SUCCESS(2)", "b.t REVERTING", "b.t REVERTED(None)", "u.f REVERTED"]))
        #expect(run.symbols == "{}")
        #expect(run.raised == "RuntimeError: Woot!")
        #expect(run.atoms == "a=REVERTED, bad=REVERTED, b=REVERTED")
    }

    @Test func `graph flow orders by symbols, not by add order, and fails in the middle`() async throws {
        let flow = try Flow("g") {
            GraphFlow("g") {
                recorder.task("t4") { (input: C) in D(d: input.c) }
                recorder.task("t2") { (_: A) in B(b: "B") }
                recorder.task("t3") { (_: B) in try C(raising: RuntimeError()) }
                recorder.task("t1") { (_: Nothing) in A(a: "A") }
            }
        }
        let run = try await recorder.run(flow)
        #expect(
            run.trace == """
                g.f RUNNING
                t1.t RUNNING
                > t1.execute()
                t1.t SUCCESS('A')
                t2.t RUNNING
                > t2.execute(a='A')
                t2.t SUCCESS('B')
                t3.t RUNNING
                > t3.execute(b='B')
                t3.t FAILURE(Failure: RuntimeError: Woot!)
                t3.t REVERTING
                > t3.revert(b='B', result=Failure: RuntimeError: Woot!, flow_failures=['t3'])
                t3.t REVERTED(None)
                t2.t REVERTING
                > t2.revert(a='A', result='B', flow_failures=['t3'])
                t2.t REVERTED(None)
                t1.t REVERTING
                > t1.revert(result='A', flow_failures=['t3'])
                t1.t REVERTED(None)
                g.f REVERTED
                """
        )
        #expect(run.symbols == "{}")
        #expect(run.atoms == "t1=REVERTED, t2=REVERTED, t3=REVERTED, t4=PENDING")
    }

    @Test func `priority orders the reverts, too`() async throws {
        let flow = try Flow("f") {
            UnorderedFlow("u") {
                Step(Prioritized<P0>(), named: "p0")
                Step(Prioritized<P1>(), named: "p1")
                Step(Prioritized<P2>(), named: "p2")
            }
            recorder.raising("bad")
        }
        let run = try await recorder.run(flow)
        let order = ["bad.t REVERTED(None)", "p2.t REVERTING", "p1.t REVERTING", "p0.t REVERTING", "f.f REVERTED"]
        #expect(run.hasInOrder(order))
    }

    private func targeted(at target: String?) throws -> Flow<Nothing> {
        let graph = GraphFlow("g") {
            recorder.task("t1") { (_: Nothing) in A(a: "A") }
            recorder.task("t2") { (_: A) in B(b: "B") }
            recorder.task("t3") { (_: B) in Nothing() }
            recorder.task("t4") { (_: B) in Nothing() }
        }
        return try Flow("g") { if let target { graph.targeting(target) } else { graph } }
    }

    @Test func `targeted flow runs only the target and its ancestors`() async throws {
        let flow = try targeted(at: "t3")
        let run = try await recorder.run(flow)
        #expect(flow.recipe.steps == ["t1", "t2", "t3"])
        #expect(
            run.trace == """
                g.f RUNNING
                t1.t RUNNING
                > t1.execute()
                t1.t SUCCESS('A')
                t2.t RUNNING
                > t2.execute(a='A')
                t2.t SUCCESS('B')
                t3.t RUNNING
                > t3.execute(b='B')
                t3.t SUCCESS(None)
                g.f SUCCESS
                """
        )
        #expect(run.atoms == "t1=SUCCESS, t2=SUCCESS, t3=SUCCESS")
        #expect(run.symbols == "{a: 'A', b: 'B'}")
    }

    // Here a target is part of the graph and can't be reset, so this is the graph without one.
    @Test func `a graph flow without a target runs completely`() async throws {
        let run = try await recorder.run(try targeted(at: nil))
        let order = ["t1.t SUCCESS('A')", "t2.t RUNNING", "t2.t SUCCESS('B')", "t3.t RUNNING", "t4.t RUNNING"]
        #expect(run.hasInOrder(order + ["t3.t SUCCESS(None)", "t4.t SUCCESS(None)", "g.f SUCCESS"]))
        #expect(run.atoms == "t1=SUCCESS, t2=SUCCESS, t3=SUCCESS, t4=SUCCESS")
        #expect(run.symbols == "{a: 'A', b: 'B'}")
    }

    @Test func `a subflow is a barrier, the next item waits for all of it`() async throws {
        let flow = try Flow("f") {
            recorder.task("a")
            UnorderedFlow("u") {
                recorder.task("b")
                recorder.task("c")
            }
            recorder.task("d")
        }
        let run = try await recorder.run(flow)
        #expect(
            run.hasInOrder(["a.t SUCCESS(None)", "b.t RUNNING", "c.t RUNNING", "b.t SUCCESS(None)", "d.t RUNNING"])
        )
        #expect(run.hasInOrder(["c.t SUCCESS(None)", "d.t RUNNING", "d.t SUCCESS(None)", "f.f SUCCESS"]))
    }

    @Test func `scope goes outwards, own flow first, then the parent's earlier items`() async throws {
        let flow = try Flow("top") {
            recorder.task("a") { (_: Nothing) in VW(v: "outer", w: "outer-w") }
            LinearFlow("sub") {
                recorder.task("b") { (_: Nothing) in V(v: "inner") }
                recorder.task("c") { (_: VW) in Nothing() }
            }
            recorder.task("d") { (_: V) in Nothing() }
        }
        let run = try await recorder.run(flow)
        #expect(run.trace.contains("> c.execute(v='inner', w='outer-w')"))
        #expect(run.trace.contains("> d.execute(v='inner')"))
        #expect(run.symbols == "{v: ['outer', 'inner'], w: 'outer-w'}")
    }

    @Test func `failures of steps and of a revert are raised together`() async throws {
        let flow = try Flow("f") {
            recorder.task("a", revertRaising: RuntimeError(description: "Gotcha!"))
            UnorderedFlow("u") {
                recorder.task("b") { (_: Nothing) -> Nothing in throw RuntimeError(description: "one") }
                recorder.task("c") { (_: Nothing) -> Nothing in throw RuntimeError(description: "two") }
            }
        }
        let run = try await recorder.run(flow)
        #expect(run.raised == "WrappedFailure['Gotcha!', 'one', 'two']")
        #expect(run.state == .failure)
        #expect(run.atoms == "a=REVERT_FAILURE, b=REVERTED, c=REVERTED")
    }

    @Test func `the failures of two tasks that fail at the same time are both reported`() async throws {
        let flow = try Flow("u") {
            UnorderedFlow("u") {
                recorder.task("a") { (_: Nothing) -> Nothing in throw RuntimeError(description: "one") }
                recorder.task("b") { (_: Nothing) -> Nothing in throw RuntimeError(description: "two") }
                recorder.task("c") { (_: Nothing) in Z(z: 3) }
            }
        }
        let run = try await recorder.run(flow)
        #expect(run.symbols == "{}")
        #expect(run.raised == "WrappedFailure['one', 'two']")
        // Both are failures of the flow; TaskFlow records the second one as a failure of the revert.
        #expect(run.trace.contains("> c.revert(result=3, flow_failures=['a', 'b'])"))
        #expect(run.atoms == "a=REVERTED, b=REVERTED, c=REVERTED")
    }

    @Test
    func `in parallel, a failure does not interrupt a running sibling`() async throws {
        let reverted = AsyncStream.makeStream(of: Void.self)
        let flow = try Flow("u") {
            UnorderedFlow("u") {
                Step(Waiting(recorder: recorder, until: reverted.stream), named: "slow")
                recorder.raising("bad")
            }
        }
        let store = MemoryStore()
        let engine = try Engine(flow, request: Nothing(), in: store, options: EngineOptions(parallelism: 2))
        engine.atomNotifier.register([.reverted]) { if $0.atom == "bad" { reverted.continuation.finish() } }
        let run = try await recorder.run(engine, of: flow.recipe, in: store)
        #expect(
            run.hasInOrder(["bad.t REVERTED(None)", "slow.t SUCCESS('S')", "slow.t REVERTED(None)", "u.f REVERTED"])
        )
    }

    @Test func `a flow without an order, or with ambiguous names, is refused before anything runs`() {
        expectRefusal("'b' requires 'v: String', which nothing before it provides") {
            UnorderedFlow("u") {
                recorder.task("a") { (_: Nothing) in V(v: "a") }
                recorder.task("b") { (_: V) in Nothing() }
            }
        }
        expectRefusal("'c' requires 'v: String', which 'a' and 'b' give: let one write to another symbol") {
            GraphFlow("g") {
                recorder.task("a") { (_: Nothing) in V(v: "a") }
                recorder.task("b") { (_: Nothing) in V(v: "b") }
                recorder.task("c") { (_: V) in Nothing() }
            }
        }
        expectRefusal("in graph 'g' 'a', 'b' wait for each other") {
            GraphFlow("g") {
                recorder.task("a") { (_: X) in Y(y: 1) }
                recorder.task("b") { (_: Y) in X(x: 1) }
            }
        }
        expectRefusal("in graph 'g' 'a', 'b' wait for each other") {
            GraphFlow("g") {
                recorder.task("a")
                recorder.task("b")
            }
            .linking("a", to: "b").linking("b", to: "a")
        }
        expectRefusal("graph 'g' has no part 'other' to link") {
            GraphFlow("g") { recorder.task("a") }.linking("a", to: "other")
        }
    }

    @Test func `a link makes a part wait for the whole of another`() async throws {
        let flow = try Flow("g") {
            GraphFlow("g") {
                recorder.task("last")
                UnorderedFlow("first") {
                    recorder.task("a")
                    recorder.task("b")
                }
            }
            .linking("first", to: "last")
        }
        let run = try await recorder.run(flow)
        #expect(run.hasInOrder(["a.t SUCCESS(None)", "b.t SUCCESS(None)", "last.t RUNNING", "g.f SUCCESS"]))
    }

    @Test func `flows of nothing run to success at once`() async throws {
        let flow = try Flow("f") {
            UnorderedFlow("u") {}
            GraphFlow("g") { LinearFlow("l") {} }
            recorder.task("a")
            LinearFlow("l") { UnorderedFlow("v") {} }
        }
        #expect(try await recorder.run(flow).atoms == "a=SUCCESS")
        #expect(try await Recorder().run(try Flow("empty") {}).state == .success)
    }

    private func expectRefusal(
        _ problem: String,
        @FlowBuilder _ parts: () -> [any FlowPart],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: FlowCompilationError.self, sourceLocation: sourceLocation) {
            try Flow("refused", steps: parts)
        }
        #expect(error?.problems == [problem], sourceLocation: sourceLocation)
    }
}

extension Run {
    /// Whether the trace has these lines in this order, with any lines between them.
    func hasInOrder(_ lines: [String]) -> Bool {
        var rest = trace.split(separator: "\n")[...]
        for line in lines {
            guard let index = rest.firstIndex(where: { $0 == line }) else { return false }
            rest = rest[(index + 1)...]
        }
        return true
    }
}
