import TaskFlow
import Testing

/// TaskFlow's own tests of notifications and listeners (`tests/unit/test_notifier.py`, `test_listeners.py`). A handler
/// that isn't callable, or takes an argument called `details`, can't be written here; a restricted notifier is one
/// whose states are of another type.
struct TaskFlowListenerTests {
    let recorder = Recorder()

    func engine(failing: Bool = false) throws -> Engine<MemoryStore> {
        let flow = try Flow("f") {
            recorder.task("a") { (_: Nothing) in X(x: 1) }
            if failing { recorder.raising("b") }
        }
        return try Engine(flow, request: Nothing(), in: MemoryStore())
    }

    @Test func `test_notify_register_deregister, test_notify_reset: a notifier counts its registrations`() throws {
        let notifier = try engine().notifier
        let numbers = [notifier.register { _ in }, notifier.register { _ in }]
        #expect(notifier.count == 2)
        #expect(numbers.map { notifier.deregister($0) } == [true, true])
        #expect(notifier.count == 0)
        notifier.register { _ in }
        notifier.deregisterAll()
        #expect(notifier.count == 0)
    }

    @Test func `test_selective_notify: a handler for one state is called for no other`() async throws {
        let engine = try engine()
        let success = engine.notifier.register([.success]) { [recorder] in recorder.note("one \($0.state.rawValue)") }
        engine.notifier.register { [recorder] in recorder.note("any \($0.state.rawValue)") }
        #expect(engine.notifier.isRegistered(success))
        try await engine.run()
        // TaskFlow calls the handlers for any state first; here the order is that of registration.
        #expect(
            recorder.trace == """
                any RUNNING
                > a.execute()
                one SUCCESS
                any SUCCESS
                """
        )
    }

    @Test func `test_details_filter, test_different_details_filter: a filter decides which handlers are called`()
        async throws
    {
        let engine = try engine(failing: true)
        for atom in ["a", "b", "red"] {
            engine.atomNotifier.register([.running], where: { $0.atom == atom }) { [recorder] in
                recorder.note("\(atom) is told of \($0.atom)")
            }
        }
        try await engine.advance()
        #expect(engine.atomNotifier.count == 3)
        #expect(recorder.trace.split(separator: "\n").filter { $0.contains("told") }.count == 2)
        #expect(recorder.trace.contains("a is told of a") && recorder.trace.contains("b is told of b"))
    }

    @Test func `the details of the events of flows, tasks and retries`() async throws {
        let flow = try Flow("f", retry: Step(Times(1), named: "r")) {
            recorder.task("a") { (_: Nothing) in X(x: 1) }
            recorder.raising("b")
        }
        let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
        let id = engine.id
        engine.notifier.register { [recorder] change in
            recorder.note(
                "flow \(change.name) \(change.flow == id) \(change.oldState.rawValue) \(change.state.rawValue)"
            )
        }
        engine.atomNotifier.register { [recorder] change in
            let kind = change.isRetry ? "retry" : "task"
            let result = change.failure.map(Python.failure) ?? "\(change.output)"
            recorder.note(
                "\(kind) \(change.atom) \(change.flow == id) \(change.oldState.rawValue) \(change.state.rawValue) \(result)"
            )
        }
        try await engine.advance()
        let told = recorder.trace.split(separator: "\n").filter { !$0.hasPrefix(">") }.joined(separator: "\n")
        #expect(
            told == """
                flow f true PENDING RUNNING
                retry r true PENDING RUNNING [:]
                retry r true RUNNING SUCCESS ["attempt": 1]
                task a true PENDING RUNNING [:]
                task a true RUNNING SUCCESS ["x": 1]
                task b true PENDING RUNNING [:]
                task b true RUNNING FAILURE Failure: RuntimeError: Woot!
                task b true FAILURE REVERTING [:]
                task b true REVERTING REVERTED [:]
                task a true SUCCESS REVERTING [:]
                task a true REVERTING REVERTED [:]
                retry r true SUCCESS REVERTING [:]
                retry r true REVERTING REVERTED [:]
                flow f true RUNNING REVERTED
                """
        )
    }

    @Test func `TestDurationListener: every task that has run has a duration, and so has the flow`() async throws {
        let engine = try engine()
        let listener = DurationListener()
        try await engine.listening(with: listener) { try await engine.run() }
        let timings = try #require(listener.timings(of: engine.id))
        #expect(timings.executions.keys.sorted() == ["a"])
        #expect(timings.flow.map { $0 > .zero } == true)
    }

    @Test func `TestDurationListener test_deregister: a listener is deregistered once`() async throws {
        let engine = try engine()
        let listener = DurationListener()
        let registration = engine.listen(with: listener)
        #expect(registration.deregister())
        #expect(!registration.deregister())
        try await engine.run()
        #expect(listener.timings(of: engine.id) == nil)
    }

    @Test func `TestEventTimeListener: each state of a task and a flow has a time`() async throws {
        let engine = try engine()
        let listener = EventTimeListener()
        try await engine.listening(with: listener) { try await engine.run() }
        #expect(Set(listener.times(of: engine.id).keys) == [.running, .success])
        #expect(Set(listener.times(of: "a", in: engine.id).keys) == [.running, .success])
    }

    @Test func `test_basic_do_not_capture: skipped notifications are not captured`() async throws {
        let engine = try engine()
        let listener = CapturingListener(skipping: [.task])
        try await engine.listening(with: listener) { try await engine.run() }
        #expect(listener.changes.count == 2)
        #expect(listener.atomChanges.isEmpty)
    }
}
