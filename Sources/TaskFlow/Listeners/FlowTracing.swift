#if Tracing
    public import Tracing
    internal import Synchronization

    /// An instrument that makes a span for each run and, inside it, one for each execution and revert of a step. It
    /// requires the package's trait `Tracing`.
    ///
    /// ```swift
    /// let engine = try Engine(flow, request: request, in: store, options: EngineOptions(instrument: FlowTracing()))
    /// ```
    ///
    /// The span of a run is a child of the current span of the caller of `run()`, and spans that a step makes are
    /// children of the step's. A failure sets the status `error` and records the error. One instrument can serve many
    /// engines.
    public final class FlowTracing: Instrument {
        private let tracer: (any Tracer)?
        /// The contexts of the runs, for transactional steps, which may run outside the run's task.
        private let contexts = Mutex<[FlowID: InstrumentationContext]>([:])

        /// - Parameter tracer: makes the spans; by default the program's.
        public init(tracer: (any Tracer)? = nil) { self.tracer = tracer }

        /// Makes a span `flow NAME` with the attributes `taskflow.flow`, `taskflow.flow.id` and `taskflow.state`.
        public func surround(
            run flow: FlowID,
            named name: String,
            _ body: () async throws -> FlowState
        ) async throws -> FlowState {
            let span = start("flow \(name)", in: .current)
            span.attributes["taskflow.flow"] = name
            span.attributes["taskflow.flow.id"] = "\(flow)"
            contexts.withLock { $0[flow] = span.context }
            defer {
                contexts.withLock { $0[flow] = nil }
                span.end()
            }
            do {
                let state = try await InstrumentationContext.$current.withValue(span.context) { try await body() }
                span.attributes["taskflow.state"] = state.rawValue
                if state == .failure || state == .reverted {
                    span.setStatus(SpanStatus(code: .error, message: "the flow is \(state.rawValue)"))
                }
                return state
            } catch {
                fail(span, with: error)
                throw error
            }
        }

        /// Makes a span `NAME` or `revert NAME` with the attributes `taskflow.step`, `taskflow.flow.id` and, in a flow
        /// with a retry,
        /// `taskflow.attempt`.
        public func surround(step context: TaskContext, _ body: () async throws -> Void) async throws {
            let span = start(context)
            defer { span.end() }
            do {
                try await InstrumentationContext.$current.withValue(span.context) { try await body() }
            } catch {
                fail(span, with: error)
                throw error
            }
        }

        /// Makes the same span as for other steps.
        public func surround(transactionalStep context: TaskContext, _ body: () throws -> Void) throws {
            let span = start(context)
            defer { span.end() }
            do {
                try InstrumentationContext.$current.withValue(span.context) { try body() }
            } catch {
                fail(span, with: error)
                throw error
            }
        }

        private func start(_ context: TaskContext) -> any Span {
            let run = contexts.withLock { $0[context.flow] }
            let span = start(context.isReverting ? "revert \(context.atom)" : context.atom, in: .current ?? run)
            span.attributes["taskflow.step"] = context.atom
            span.attributes["taskflow.flow.id"] = "\(context.flow)"
            if let attempt = context.attempts.first { span.attributes["taskflow.attempt"] = attempt }
            return span
        }

        private func start(_ name: String, in context: InstrumentationContext?) -> any Span {
            (tracer ?? InstrumentationSystem.tracer).startSpan(name, context: context ?? .topLevel, ofKind: .internal)
        }

        private func fail(_ span: any Span, with error: any Error) {
            span.recordError(error)
            span.setStatus(SpanStatus(code: .error, message: "\(error)"))
        }
    }
#endif
