/// A sequence of steps, checked and ready to run: immutable, and good for any number of runs at once.
///
/// ```swift
/// let flow = try Flow("create-volume", taking: CreateRequest.self) {
///     ReserveSpace(backend: backend)
///     Step(ExportVolume(backend: backend)).injecting("node-1", as: \.$host)
/// }
/// ```
public struct Flow<Request: Fields>: Sendable {
    /// What the engine runs.
    public let recipe: Recipe

    /// Compiles a linear flow: each step starts when the one before it has succeeded.
    ///
    /// A step's input is looked for among the values injected into it, then the request, then the nearest step before it.
    ///
    /// - Parameters:
    ///   - name: the name under which runs are stored and the flow is found again.
    ///   - retry: a ``Retry`` or a step of one, which decides what becomes of the flow after a failure.
    ///   - version: raised whenever runs of the flow as it was can't be carried on by the flow as it is.
    ///   - upgrades: how runs of older versions are carried on.
    /// - Throws: all that is wrong with the flow, at once.
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

    /// Compiles a linear flow whose end is written to the database by `conclusion`, in the transaction that ends it.
    ///
    /// - Throws: all that is wrong with the flow, at once.
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

extension Flow where Request == Nothing {
    /// Compiles a linear flow that is asked for nothing.
    ///
    /// - Throws: all that is wrong with the flow, at once.
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

/// How a flow ended, for what is written in the transaction that ends it.
public struct FlowEnd: Sendable {
    /// The run that ended.
    public let flow: FlowID
    /// `SUCCESS`, `REVERTED`, or `FAILURE` when a revert failed.
    public let state: FlowState
    /// What went wrong while executing.
    public let failures: [Failure]
    /// What went wrong while reverting: after these, something is left behind.
    public let revertFailures: [Failure]
}

/// Collects a flow's steps. Conditions and loops are allowed; they are part of the recipe, so they have to come out the
/// same whenever the flow is built.
@resultBuilder
public enum FlowBuilder {
    /// A step by itself.
    public static func buildExpression(_ task: some Atom) -> [any FlowPart] { [Step(task)] }
    /// A step by itself, which is refused where it is no flow's retry.
    public static func buildExpression(_ retry: some Retry) -> [any FlowPart] { [Step(retry)] }
    /// A step by itself.
    public static func buildExpression(_ part: some FlowPart) -> [any FlowPart] { [part] }
    /// Parts that have been made elsewhere.
    public static func buildExpression(_ parts: [any FlowPart]) -> [any FlowPart] { parts }
    /// What the builder calls for this form of code.
    public static func buildBlock(_ parts: [any FlowPart]...) -> [any FlowPart] { parts.flatMap { $0 } }
    /// What the builder calls for this form of code.
    public static func buildOptional(_ part: [any FlowPart]?) -> [any FlowPart] { part ?? [] }
    /// What the builder calls for this form of code.
    public static func buildEither(first part: [any FlowPart]) -> [any FlowPart] { part }
    /// What the builder calls for this form of code.
    public static func buildEither(second part: [any FlowPart]) -> [any FlowPart] { part }
    /// What the builder calls for this form of code.
    public static func buildArray(_ parts: [[any FlowPart]]) -> [any FlowPart] { parts.flatMap { $0 } }
}
