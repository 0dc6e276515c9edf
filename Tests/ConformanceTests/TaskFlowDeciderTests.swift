import TaskFlow
import Testing

/// TaskFlow's cases about links with deciders. A decider here reads values by their symbols; TaskFlow's gets the
/// results of the preceding steps by their names.
struct TaskFlowDeciderTests {
    let recorder = Recorder()

    /// A decider that records its call and returns `answer`.
    func deciding(_ name: String, _ answer: Bool) -> @Sendable (A) -> Bool {
        { [recorder] input in
            recorder.note("> \(name)? {a: '\(input.a)'}")
            return answer
        }
    }

    // The deciders run in the order of the flow, so that the whole trace can be compared.
    @Test(
        arguments: [
            (
                .all, "a=SUCCESS, b=IGNORE, c=IGNORE, d=IGNORE, in=IGNORE",
                ["b.t IGNORE", "c.t IGNORE", "d.t IGNORE", "in.t IGNORE"]
            ),
            (
                .flow, "a=SUCCESS, b=IGNORE, c=IGNORE, d=IGNORE, in=SUCCESS",
                ["b.t IGNORE", "c.t IGNORE", "d.t IGNORE", "in.t RUNNING", "in.t SUCCESS(None)"]
            ),
            (
                .neighbors, "a=SUCCESS, b=IGNORE, c=IGNORE, d=SUCCESS, in=SUCCESS",
                [
                    "b.t IGNORE", "c.t IGNORE", "d.t RUNNING", "in.t RUNNING", "d.t SUCCESS('D')", "in.t SUCCESS(None)",
                ]
            ),
            (
                .atom, "a=SUCCESS, b=IGNORE, c=SUCCESS, d=SUCCESS, in=SUCCESS",
                [
                    "b.t IGNORE", "c.t RUNNING", "in.t RUNNING", "c.t SUCCESS('C')", "d.t RUNNING",
                    "in.t SUCCESS(None)",
                    "d.t SUCCESS('D')",
                ]
            ),
        ] as [(Depth, String, [String])]
    )
    func `a decider that refuses, at each depth`(depth: Depth, atoms: String, events: [String]) async throws {
        let flow = try Flow("g") {
            GraphFlow("g") {
                recorder.task("a") { (_: Nothing) in A(a: "A") }
                recorder.task("b") { (_: Nothing) in B(b: "B") }
                recorder.task("c") { (_: Nothing) in Letter(c: "C") }
                recorder.task("d") { (_: Nothing) in D(d: "D") }
                LinearFlow("sub") { recorder.task("in") }
            }
            .linking("a", to: "b", depth: depth, when: deciding("b", false))
            .linking("b", to: "sub").linking("b", to: "c").linking("c", to: "d")
        }
        let run = try await recorder.run(flow)
        #expect(
            run.events.split(separator: "\n").map(String.init)
                == ["g.f RUNNING", "a.t RUNNING", "a.t SUCCESS('A')"] + events + ["g.f SUCCESS"]
        )
        #expect(run.trace.split(separator: "\n").filter { $0.contains("?") } == ["> b? {a: 'A'}"])
        #expect(run.raised == nil)
        #expect(run.atoms == atoms)
    }

    @Test(arguments: Depth.allCases)
    func `any of several deciders may refuse, and the widest depth of those that refuse applies`(
        yes: Depth
    ) async throws {
        let flow = try Flow("g") {
            GraphFlow("g") {
                recorder.task("a") { (_: Nothing) in A(a: "A") }
                recorder.task("z")
                recorder.task("b")
                recorder.task("c")
                recorder.task("d")
            }
            .linking("a", to: "b", depth: .atom, when: deciding("b by atom", false))
            .linking("z", to: "b", depth: .neighbors) { (_: Nothing) in false }
            .linking("a", to: "b", depth: yes, when: deciding("b by \(yes)", true))
            .linking("b", to: "c").linking("c", to: "d")
        }
        let run = try await recorder.run(flow)
        #expect(run.atoms == "a=SUCCESS, z=SUCCESS, b=IGNORE, c=IGNORE, d=SUCCESS")
        #expect(run.trace.contains("> b by \(yes)? {a: 'A'}"))
    }

    @Test func `the decider on the link from an ignored step is not asked`() async throws {
        let flow = try Flow("g") {
            GraphFlow("g") {
                recorder.task("a") { (_: Nothing) in A(a: "A") }
                recorder.task("b")
                recorder.task("c")
                recorder.task("d")
            }
            .linking("a", to: "b", depth: .atom, when: deciding("b", false))
            .linking("b", to: "c", depth: .all, when: deciding("c", false))
            .linking("a", to: "d", when: deciding("d", true))
            .linking("b", to: "d", when: deciding("d of b", false))
        }
        let run = try await recorder.run(flow)
        #expect(run.atoms == "a=SUCCESS, b=IGNORE, c=SUCCESS, d=SUCCESS")
        let asked = run.trace.split(separator: "\n").filter { $0.contains("?") }
        #expect(asked == ["> b? {a: 'A'}", "> d? {a: 'A'}"])
    }

    struct Letter: Fields {
        @Field var c: String
    }
}
