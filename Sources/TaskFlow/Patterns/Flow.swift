/// A compiled flow of steps. It is immutable, and any number of runs can use it at once.
///
/// ```swift
/// let flow = try Flow("create-volume", taking: CreateRequest.self) {
///     ReserveSpace(backend: backend)
///     Step(ExportVolume(backend: backend)).injecting("node-1", as: \.$host)
/// }
/// ```
public struct Flow<Request: Fields>: Sendable {
    /// The compiled form that the engine runs.
    public internal(set) var recipe: Recipe

    /// Compiles a linear flow: each step starts when the one before it has succeeded.
    ///
    /// A step's input comes from the values injected into it, else from the request, else from the nearest step before
    /// it.
    ///
    /// - Parameters:
    ///   - name: the name under which runs are stored and the flow is looked up.
    ///   - version: the flow's version; raise it when a run of the old flow can't be continued with the new one.
    ///   - retry: a ``Retry`` or a step of one, which decides about the flow after a failure.
    ///   - upgrades: the upgrades that carry runs of older versions over to newer ones.
    /// - Throws: ``FlowCompilationError`` with all problems of the flow.
    public init(
        _ name: String,
        version: Int = 1,
        taking request: Request.Type,
        retry: (any FlowPart)? = nil,
        upgrades: [Upgrade] = [],
        @FlowBuilder steps: () -> [any FlowPart]
    ) throws(FlowCompilationError) {
        try self.init(name, version: version, retry: retry, upgrades: upgrades, steps: steps(), ending: nil)
    }

    /// Compiles a linear flow with a conclusion, which writes to the database in the transaction that records the
    /// flow's end.
    ///
    /// - Throws: ``FlowCompilationError`` with all problems of the flow.
    public init<Transaction>(
        _ name: String,
        version: Int = 1,
        taking request: Request.Type,
        retry: (any FlowPart)? = nil,
        upgrades: [Upgrade] = [],
        @FlowBuilder steps: () -> [any FlowPart],
        concluding conclusion: @escaping @Sendable (Request, FlowEnd, Transaction) throws -> Void
    ) throws(FlowCompilationError) {
        let ending = Ending(transaction: Transaction.self) { request, end, transaction in
            guard let request = request as? Request else { throw UnfitTransaction() }
            try conclusion(request, end, UnfitTransaction.cast(transaction))
        }
        try self.init(name, version: version, retry: retry, upgrades: upgrades, steps: steps(), ending: ending)
    }

    private init(
        _ name: String,
        version: Int,
        retry: (any FlowPart)?,
        upgrades: [Upgrade],
        steps: [any FlowPart],
        ending: Ending?
    ) throws(FlowCompilationError) {
        var compiler = Compiler(flow: name)
        let request = compiler.compileRequest(Request.self)
        compiler.compile(LoweredPart(name: name, pattern: .linear, retry: retry, parts: steps))
        compiler.check(upgrades, to: version)
        var recipe = try compiler.finish(version: version, request: request, ending: ending)
        recipe.upgrades = upgrades
        recipe.shape = RecordedShape(of: recipe)
        self.recipe = recipe
    }
}

extension Flow {
    /// The same flow, which also writes in the transactions that store a new run and that record its end. Nothing is committed
    /// that would not be committed without it.
    ///
    /// - Parameters:
    ///   - opening: writes in the transaction that stores a new run, before its first transactional step.
    ///   - ending: writes in the transaction that records the run's end, after the flow's own conclusion.
    public func recording<Transaction>(
        opening: @escaping @Sendable (FlowDetail, RequestValues, Transaction) throws -> Void,
        ending: @escaping @Sendable (FlowEnd, Transaction) throws -> Void
    ) -> Flow {
        var flow = self
        flow.recipe = recipe.recording(opening: opening, ending: ending)
        return flow
    }
}

extension Flow where Request == Nothing {
    /// Compiles a linear flow without a request.
    ///
    /// - Throws: ``FlowCompilationError`` with all problems of the flow.
    public init(
        _ name: String,
        version: Int = 1,
        retry: (any FlowPart)? = nil,
        upgrades: [Upgrade] = [],
        @FlowBuilder steps: () -> [any FlowPart]
    ) throws(FlowCompilationError) {
        try self.init(name, version: version, taking: Nothing.self, retry: retry, upgrades: upgrades, steps: steps)
    }
}

/// The end of a run, for the flow's conclusion.
public struct FlowEnd: Sendable {
    /// The run that ended.
    public let flow: FlowID
    /// `SUCCESS`, `REVERTED`, or `FAILURE` when a revert failed.
    public let state: FlowState
    /// The failures of executions.
    public let failures: [Failure]
    /// The failures of reverts. These steps may have left effects behind.
    public let revertFailures: [Failure]
    /// The run's record, without its journal.
    public let detail: FlowDetail
    /// The values of the run's request.
    public let request: RequestValues
    /// The step that failed first; `nil` for a run in which none did.
    public let failedStep: String?
}

/// Collects a flow's steps. Conditions and loops are allowed, but must have the same result whenever the flow is built.
@resultBuilder
public enum FlowBuilder {
    /// Takes an atom as a step.
    public static func buildExpression(_ task: some Atom) -> [any FlowPart] { [Step(task)] }
    /// Takes a retry among the steps, where the compiler refuses it.
    public static func buildExpression(_ retry: some Retry) -> [any FlowPart] { [Step(retry)] }
    /// Takes a step or subflow.
    public static func buildExpression(_ part: some FlowPart) -> [any FlowPart] { [part] }
    /// Takes a list of parts.
    public static func buildExpression(_ parts: [any FlowPart]) -> [any FlowPart] { parts }
    /// Called by the compiler for the result builder.
    public static func buildBlock(_ parts: [any FlowPart]...) -> [any FlowPart] { parts.flatMap { $0 } }
    /// Called by the compiler for the result builder.
    public static func buildOptional(_ part: [any FlowPart]?) -> [any FlowPart] { part ?? [] }
    /// Called by the compiler for the result builder.
    public static func buildEither(first part: [any FlowPart]) -> [any FlowPart] { part }
    /// Called by the compiler for the result builder.
    public static func buildEither(second part: [any FlowPart]) -> [any FlowPart] { part }
    /// Called by the compiler for the result builder.
    public static func buildArray(_ parts: [[any FlowPart]]) -> [any FlowPart] { parts.flatMap { $0 } }
}
