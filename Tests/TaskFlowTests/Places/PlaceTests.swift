import Identity
import TaskFlow
import Testing

/// Engines that serve the places `x` and `y`, in one store.
struct PlaceTests {
    let store = MemoryStore()
    let trace = Trace()

    func journey(_ flow: Flow<Nothing>, parallelism: Int = 1) -> Journey<MemoryStore> {
        Journey(store: store, recipe: flow.recipe, options: EngineOptions(parallelism: parallelism))
    }

    func visit(
        _ name: String,
        at place: String? = nil,
        _ doing: @escaping @Sendable () async throws -> Void = {}
    ) -> Step<Visit> {
        TaskFlowTests.visit(name, at: place, in: trace, doing)
    }

    @Test func `a step is executed at its place, and one without a place where the run is`() async throws {
        let flow = try Flow("travel") {
            visit("a")
            visit("b", at: "y")
            visit("c")
            visit("d", at: "x")
        }
        let engine = try await journey(flow).start(flow, on: "x")
        #expect(engine.state == .suspended)
        #expect(engine.place == Place("y"))
        #expect(try await store.load(engine.id)?.detail.place == Place("y"))
        #expect(try await journey(flow).finish(engine.id) == (.success, ["y", "x"]))
        #expect(trace.lines == ["a on x", "b on y", "c on y", "d on x"])
        #expect(try await store.load(engine.id)?.detail.place == nil)
    }

    @Test func `a step is reverted at its place, and one without a revert nowhere`() async throws {
        struct Look: FlowTask, PlacedTask {
            static let name = "look"
            func place(for input: Nothing) -> Place? { Place("y") }
            func execute(_ input: Nothing) async throws -> Nothing { Nothing() }
        }
        let flow = try Flow("return") {
            visit("a", at: "x")
            visit("b")
            visit("c", at: "y")
            visit("d", at: "x")
            Look()
            visit("e", at: "x") { throw Woot() }
        }
        let engine = try await journey(flow).start(flow, on: "x")
        #expect(try await journey(flow).finish(engine.id) == (.reverted, ["y", "x", "y", "x", "y", "x"]))
        let done = ["a on x", "b on x", "c on y", "d on x", "e on x"]
        #expect(trace.lines == done + ["undo e on x", "undo d on x", "undo c on y", "undo b on y", "undo a on x"])
    }

    @Test func `a step of another place is not recorded before it starts there`() async throws {
        let flow = try Flow("travel") {
            visit("a", at: "x")
            visit("b", at: "y")
        }
        let engine = try await journey(flow).start(flow, on: "x")
        #expect(try await store.states(of: engine.id) == ["a": .success])
        try await journey(flow).proceed(engine.id, on: "x")
        #expect(try await store.states(of: engine.id) == ["a": .success])
        #expect(try await store.load(engine.id)?.detail.place == Place("y"))
        #expect(trace.lines == ["a on x"])
    }

    @Test(arguments: [1, 3]) func `of several steps all that can run here do so before the run leaves`(
        parallelism: Int
    ) async throws {
        let flow = try Flow("travel") {
            UnorderedFlow("u") {
                for number in 1...3 {
                    visit("y\(number)", at: "y")
                    visit("x\(number)", at: "x")
                }
            }
            visit("last")
        }
        let engine = try await journey(flow, parallelism: parallelism).start(flow, on: "x")
        #expect(Set(trace.lines) == ["x1 on x", "x2 on x", "x3 on x"])
        #expect(try await journey(flow, parallelism: parallelism).finish(engine.id) == (.success, ["y"]))
        #expect(Set(trace.lines.dropFirst(3).dropLast()) == ["y1 on y", "y2 on y", "y3 on y"])
        #expect(trace.lines.last == "last on y")
    }

    @Test func `a failure elsewhere reverts what has not started here without going there`() async throws {
        let flow = try Flow("travel") {
            visit("a", at: "x")
            UnorderedFlow("u") {
                visit("y", at: "y")
                visit("x", at: "x") { throw Woot() }
            }
        }
        let engine = try await journey(flow).start(flow, on: "x")
        #expect(engine.state == .reverted)
        #expect(trace.lines == ["a on x", "x on x", "undo x on x", "undo a on x"])
    }

    @Test func `a retry of nested flows goes to the place of each attempt`() async throws {
        let flow = try Flow("outer") {
            visit("first", at: "x")
            LinearFlow("inner", retry: Step(ForEach(["y", "z", "x"])).writing(\.$value, to: "site")) {
                Step(Visit(trace: trace) { if Here.host != "x" { throw Woot() } }, named: "try")
            }
            visit("last", at: "y")
        }
        let engine = try await journey(flow).start(flow, on: "x")
        #expect(try await journey(flow).finish(engine.id) == (.success, ["y", "z", "x", "y"]))
        let attempts = ["try on y", "undo try on y", "try on z", "undo try on z", "try on x"]
        #expect(trace.lines == ["first on x"] + attempts + ["last on y"])
    }

    @Test func `a step that a decider ignores takes the run nowhere`() async throws {
        let flow = try Flow("decided") {
            GraphFlow("graph") {
                visit("a", at: "x")
                visit("b", at: "y")
            }
            .linking("a", to: "b", when: { (_: Nothing) in false })
        }
        let engine = try await journey(flow).start(flow, on: "x")
        #expect(engine.state == .success)
        #expect(trace.lines == ["a on x"])
    }

    @Test func `a run that is suspended before it is handed over waits for no place`() async throws {
        let flow = try Flow("suspended") {
            visit("a", at: "x")
            visit("b", at: "y")
        }
        let engine = try Engine(flow, request: Nothing(), in: store, options: journey(flow).options(of: "x"))
        engine.atomNotifier.register([.success]) { [weak engine] _ in engine?.suspend() }
        #expect(try await engine.advance() == .suspended)
        #expect(engine.place == nil)
        // Nor does a suspension of a run that is at rest keep it from going on there.
        #expect(try await engine.advance() == .suspended)
        #expect(engine.place == Place("y"))
        engine.suspend()
        #expect(try await journey(flow).finish(engine.id) == (.success, ["y"]))
    }

    @Test func `listeners hear of the place that a run goes to`() async throws {
        let flow = try Flow("travel") {
            visit("a", at: "x")
            visit("b", at: "y")
        }
        let engine = try Engine(flow, request: Nothing(), in: store, options: journey(flow).options(of: "x"))
        engine.notifier.register { [trace] change in
            let isAllowed = change.oldState.successors.contains(change.state)
            trace.note("\(change.state.rawValue) \(change.place?.name ?? "-")\(isAllowed ? "" : " though")")
        }
        _ = try await Here.$host.withValue("x") { try await engine.advance() }
        #expect(trace.lines == ["RUNNING -", "a on x", "SUSPENDING y", "SUSPENDED y"])
    }

    @Test func `an engine that serves every place never hands over`() async throws {
        let flow = try Flow("travel") {
            visit("a", at: "x")
            visit("b", at: "y")
        }
        let engine = try Engine(flow, request: Nothing(), in: store)
        #expect(try await engine.advance() == .success)
    }

    @Test func `a run that waits for its place goes on with the flow's next version`() async throws {
        let flow = try Flow("travel") {
            visit("a", at: "x")
            visit("b", at: "y")
        }
        let engine = try await journey(flow).start(flow, on: "x")
        let next = try Flow(
            "travel",
            version: 2,
            upgrades: [Upgrade(from: 1) { $0.rename("a", to: "first") }]
        ) {
            visit("first", at: "x")
            visit("b", at: "y")
            visit("c", at: "z")
        }
        #expect(try await journey(next).finish(engine.id) == (.success, ["y", "z"]))
        #expect(trace.lines == ["a on x", "b on y", "c on z"])
        #expect(try await store.load(engine.id)?.detail.version == 2)
    }

    @Test func `who started a run finds out how it ended elsewhere`() async throws {
        let flow = try Flow("travel") { visit("a", at: "y") }
        let engine = try await journey(flow).start(flow, on: "x")
        #expect(try await store.waitForEnd(of: engine.id, atMost: .milliseconds(1)) == nil)
        async let ended = store.waitForEnd(of: engine.id, atMost: .seconds(600))
        try await journey(flow).proceed(engine.id, on: "y")
        #expect(try await ended?.state == .success)
        #expect(try await store.waitForEnd(of: .random(), atMost: .seconds(600)) == nil)
    }
}
