#if Tracing
    import InMemoryTracing
    import TaskFlow
    import Testing
    import Tracing

    struct FlowTracingTests {
        let tracer = InMemoryTracer()

        func engine(parallelism: Int = 1, @FlowBuilder _ steps: () -> [any FlowPart]) throws -> Engine<LedgerStore> {
            try Engine(
                Flow("traced", steps: steps),
                request: Nothing(),
                in: LedgerStore(),
                options: EngineOptions(parallelism: parallelism, instrument: FlowTracing(tracer: tracer))
            )
        }

        /// The spans that have ended, each with the one that it is in.
        var spans: [String] {
            let finished = tracer.finishedSpans
            let names = Dictionary(uniqueKeysWithValues: finished.map { ($0.spanID, $0.operationName) })
            return finished.map { span in
                "\(span.operationName) in \(span.parentSpanID.flatMap { names[$0] } ?? "nothing")"
            }
        }

        @Test(arguments: [1, 4])
        func `each step has a span in that of its run, and its own spans are in its own`(parallelism: Int) async throws
        {
            let engine = try engine(parallelism: parallelism) { [tracer] in
                Step(
                    External { (_: Nothing) in tracer.withSpan("disk") { _ in Nothing() } },
                    named: "a"
                )
                Step(
                    Transactional { (_: Nothing, _) in tracer.withSpan("row") { _ in Nothing() } },
                    named: "b"
                )
            }
            try await tracer.withSpan("request") { _ in try await engine.run() }
            #expect(
                spans == [
                    "disk in a", "a in flow traced", "row in b", "b in flow traced", "flow traced in request",
                    "request in nothing",
                ]
            )
            #expect(tracer.activeSpans.isEmpty)
        }

        @Test func `what fails has the status error, and reverts have spans of their own`() async throws {
            let engine = try engine {
                noting("a", in: Trace())
                failing("b")
            }
            #expect(try await engine.advance() == .reverted)
            #expect(
                spans == [
                    "a in flow traced", "b in flow traced", "revert b in flow traced", "revert a in flow traced",
                    "flow traced in nothing",
                ]
            )
            let finished = tracer.finishedSpans
            #expect(finished.map { $0.status?.code == .error } == [false, true, false, false, true])
            #expect(finished[1].errors.map { $0.error as? Woot } == [Woot()])
            #expect(finished[4].status?.message == "the flow is REVERTED")
            #expect(finished[4].attributes.get("taskflow.flow") == "traced")
            #expect(finished[4].attributes.get("taskflow.state") == "REVERTED")
        }

        @Test func `the attempts of a retry are told apart`() async throws {
            let engine = try engine {
                LinearFlow("inner", retry: Step(Times(2), named: "again")) { failing("a") }
            }
            try await engine.advance()
            let attempts = tracer.finishedSpans.filter { $0.operationName == "a" }
                .map { $0.attributes.get("taskflow.attempt") }
            #expect(attempts == [1, 2])
        }

        @Test func `a run that its store stops ends its span with the error`() async throws {
            let engine = try Engine(
                Flow("traced") { noting("a", in: Trace()) },
                request: Nothing(),
                in: LedgerStore(faults: [.init(transaction: 1, moment: .instead)]),
                options: EngineOptions(instrument: FlowTracing(tracer: tracer))
            )
            await #expect(throws: StoreDown.self) { try await engine.run() }
            #expect(spans == ["flow traced in nothing"])
            #expect(tracer.finishedSpans.first?.status?.code == .error)
        }
    }
#endif
