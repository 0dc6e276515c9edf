/// What a step of a flow is made of: takes a struct of inputs, gives a struct of outputs, and has a name that is stored.
///
/// Conform to ``PureTask``, ``TransactionalTask``, ``FlowTask`` or ``RevertibleTask``: the choice says what the step
/// touches, and so what the engine has to make durable around it.
public protocol Atom: Sendable {
    /// What it takes.
    associatedtype Input: Fields = Nothing
    /// What it gives to the steps after it.
    associatedtype Output: Fields = Nothing

    /// The name under which its progress is stored: to change it is to lose sight of interrupted flows.
    static var name: String { get }

    /// Raised whenever what the atom does is no longer what runs that were started before expect of it; 1 unless said
    /// otherwise. A run is only resumed with atoms of the versions that it was started with.
    static var version: Int { get }

    /// Among steps that may start at the same time, the larger goes first; 0 unless said otherwise.
    static var priority: Int { get }

    /// The atom as the engine runs it. Each of the four kinds has its own; not for tasks to implement.
    func lowered(with wiring: StepWiring<Self>) -> LoweredAtom
}

extension Atom {
    /// The first version.
    public static var version: Int { 1 }

    /// No precedence over others.
    public static var priority: Int { 0 }
}

/// What a step touches, and so what has to be durable before and after it.
public enum Effect: String, Sendable, Codable {
    /// Nothing: it may run again and needs no checkpoint of its own.
    case pure
    /// Only the database: its writes and the record that it ran are one transaction, so it happens exactly once.
    case transactional
    /// The world: that it is about to run is durable before it starts, and its outcome right after.
    case external
}

/// A step that touches the world, as every step does that does not say otherwise.
///
/// Its start is durable before it runs and its outcome right after. A crash between the two makes it run again, so it has
/// to be idempotent; ``TaskContext/operation`` is the same in every repetition.
public protocol FlowTask: Atom {
    // Said again here, so that they are inferred from `execute`.
    associatedtype Input
    associatedtype Output
    /// Not for tasks to declare: it tells the compiler whether the task has a `revert`.
    associatedtype Reversion = NotImplemented

    /// Does the work.
    ///
    /// - Throws: anything; the flow is then reverted, beginning with this step.
    func execute(_ input: Input) async throws -> Output

    /// Not for tasks to implement: one that has a revert is a ``RevertibleTask``, or does not compile.
    func revert(_ input: Input, after outcome: Outcome<Output>) async throws -> Reversion
}

/// A step that touches the world and whose work can be undone.
///
/// A protocol of its own, without a default, so that a `revert` with a mistyped signature does not compile.
public protocol RevertibleTask: FlowTask where Reversion == Void {
    /// Undoes what `execute` did or may have done. Idempotent, as `execute` is.
    ///
    /// - Parameter outcome: what came of the execution; ``Outcome/unknown`` if the process died during it.
    /// - Throws: anything; the flow then stops in `FAILURE` and can be reverted once more.
    func revert(_ input: Input, after outcome: Outcome<Output>) async throws
}

/// A step whose revert takes something else than its execution does: values that its execution has no use for.
public protocol SeparatelyRevertibleTask: FlowTask {
    /// What its revert takes. Has to be there before the step starts, as every input has.
    associatedtype RevertInput: Fields

    /// Undoes what `execute` did or may have done. Idempotent, as `execute` is.
    ///
    /// - Parameter outcome: what came of the execution; ``Outcome/unknown`` if the process died during it.
    /// - Throws: anything; the flow then stops in `FAILURE` and can be reverted once more.
    func revert(_ input: RevertInput, after outcome: Outcome<Output>) async throws
}

/// What a step, other than a transactional one, does around its execution and its revert.
///
/// What `pre` throws keeps the step from being executed or reverted, and fails it. `post` is called even if the step has
/// failed, or its `pre` has; what it throws fails the step, unless it has failed already.
public protocol TaskHooks: Sendable {
    /// Before each execution.
    func preExecute() async throws
    /// After each execution, whatever came of it.
    func postExecute() async throws
    /// Before each revert.
    func preRevert() async throws
    /// After each revert, whatever came of it.
    func postRevert() async throws
}

extension TaskHooks {
    /// Does nothing.
    public func preExecute() {}
    /// Does nothing.
    public func postExecute() {}
    /// Does nothing.
    public func preRevert() {}
    /// Does nothing.
    public func postRevert() {}
}

/// A step that touches nothing: it computes, or looks. There is nothing to revert.
public protocol PureTask: Atom {
    // Said again here, so that they are inferred from `execute`.
    associatedtype Input
    associatedtype Output
    /// Not for tasks to declare: it tells the compiler whether the task has a `revert`.
    associatedtype Reversion = NotImplemented

    /// Does the work. May run more than once.
    func execute(_ input: Input) async throws -> Output

    /// Not for tasks to implement: one that has a revert is a ``RevertibleTask``, or does not compile.
    func revert(_ input: Input, after outcome: Outcome<Output>) async throws -> Reversion
}

/// A step that touches only the database, in the very transaction that records that it ran.
public protocol TransactionalTask: Atom {
    // Said again here, so that they are inferred from `execute`.
    associatedtype Input
    associatedtype Output
    /// The store's transaction that the step needs.
    associatedtype Transaction
    /// Not for tasks to declare: it tells the compiler whether the task has a `revert`.
    associatedtype Reversion = NotImplemented

    /// Does the work. What it wrote is undone if it throws.
    func execute(_ input: Input, in transaction: Transaction) throws -> Output

    /// Not for tasks to implement: one that has a revert is a ``RevertibleTransactionalTask``, or does not compile.
    func revert(_ input: Input, output: Output, in transaction: Transaction) async throws -> Reversion
}

/// A step that touches only the database and whose writes can be undone later.
public protocol RevertibleTransactionalTask: TransactionalTask where Reversion == Void {
    /// Undoes what `execute` wrote, in the transaction that records that it is undone.
    ///
    /// Called only after a success, because a failed execution has left nothing.
    func revert(_ input: Input, output: Output, in transaction: Transaction) throws
}

/// What came of an execution, as its revert sees it.
public enum Outcome<Output: Sendable>: Sendable {
    /// It gave this.
    case succeeded(Output)
    /// It threw; whether it had an effect before that is for the revert to find out.
    case failed(Failure)
    /// It was running when its process died.
    case unknown
}
