/// The smallest unit of a flow: takes a struct of inputs, returns a struct of outputs, and is stored under a name.
///
/// Conform to ``PureTask``, ``TransactionalTask``, ``FlowTask`` or ``RevertibleTask``: the choice declares what the
/// step has effects on, and so what the engine makes durable before and after it.
public protocol Atom: Sendable {
    /// The values that the atom takes.
    associatedtype Input: Fields = Nothing
    /// The values that the atom provides to later steps.
    associatedtype Output: Fields = Nothing

    /// The name under which the atom's progress is stored. Runs that were started before a change of name no longer
    /// find it, unless an ``Upgrade`` renames the step in them.
    static var name: String { get }

    /// The version of the atom's behaviour; 1 by default. Raise it when a run that was started with the old behaviour
    /// must not be continued with the new one: a run is resumed only with atoms of the versions that it was started
    /// with.
    static var version: Int { get }

    /// The atom's precedence: of several steps that may start, the one with the largest priority starts first; 0 by
    /// default.
    static var priority: Int { get }

    /// The atom in the form that the engine runs. Each kind of atom has its own implementation; tasks don't implement
    /// it.
    func lowered(with wiring: StepWiring<Self>) -> LoweredAtom
}

extension Atom {
    /// The first version.
    public static var version: Int { 1 }

    /// No precedence over others.
    public static var priority: Int { 0 }
}

/// The effects of a step, which say what must be durable before and after it.
public enum Effect: String, Sendable, Codable {
    /// Nothing: the step may run again and needs no checkpoint of its own.
    case pure
    /// Only the database: the step's writes and the record that it ran are one transaction, so it takes effect exactly
    /// once.
    case transactional
    /// The outside world: the step's start is durable before it runs, and its outcome right after.
    case external
}

/// A step with effects outside the database: the usual kind.
///
/// Its start is durable before it runs and its outcome right after. After a crash between the two it runs again, so it
/// must be idempotent; ``TaskContext/operation`` is the same in every repetition.
public protocol FlowTask: Atom {
    // Repeated here so that they are inferred from `execute`.
    associatedtype Input
    associatedtype Output
    /// Inferred; tells the compiler whether the task has a `revert`. Tasks don't declare it.
    associatedtype Reversion = NotImplemented

    /// Does the work.
    ///
    /// - Throws: any error; the step has then failed, and its flow is retried or reverted, beginning with this step.
    func execute(_ input: Input) async throws -> Output

    /// Not for tasks to implement: a task with a revert doesn't compile unless it is a ``RevertibleTask``.
    func revert(_ input: Input, after outcome: Outcome<Output>) async throws -> Reversion
}

/// A step with effects outside the database that can be undone.
///
/// It is a protocol of its own, and `revert` has no default, so that a `revert` with a mistyped signature doesn't
/// compile.
public protocol RevertibleTask: FlowTask where Reversion == Void {
    /// Undoes what `execute` did or may have done. It must be idempotent, as `execute` must.
    ///
    /// - Parameter outcome: the outcome of the execution; ``Outcome/unknown`` if the process died during it.
    /// - Throws: any error; the run then stops in `FAILURE`, and the revert can be tried again.
    func revert(_ input: Input, after outcome: Outcome<Output>) async throws
}

/// A step whose revert takes other inputs than its execution.
public protocol SeparatelyRevertibleTask: FlowTask {
    /// The values that the revert takes. As all inputs, they must be provided before the step starts.
    associatedtype RevertInput: Fields

    /// Undoes what `execute` did or may have done. It must be idempotent, as `execute` must.
    ///
    /// - Parameter outcome: the outcome of the execution; ``Outcome/unknown`` if the process died during it.
    /// - Throws: any error; the run then stops in `FAILURE`, and the revert can be tried again.
    func revert(_ input: RevertInput, after outcome: Outcome<Output>) async throws
}

/// Functions that run before and after a step's execution and its revert. Transactional steps have none.
///
/// An error of a `pre` function fails the step, which is then not executed or reverted. The `post` function is called
/// even if the step or its `pre` function has failed; its own error fails the step, unless it has failed already.
public protocol TaskHooks: Sendable {
    /// Runs before each execution.
    func preExecute() async throws
    /// Runs after each execution, whatever its outcome.
    func postExecute() async throws
    /// Runs before each revert.
    func preRevert() async throws
    /// Runs after each revert, whatever its outcome.
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

/// A step without effects: it computes or reads. There is nothing to revert.
public protocol PureTask: Atom {
    // Repeated here so that they are inferred from `execute`.
    associatedtype Input
    associatedtype Output
    /// Inferred; tells the compiler whether the task has a `revert`. Tasks don't declare it.
    associatedtype Reversion = NotImplemented

    /// Does the work. May run more than once.
    func execute(_ input: Input) async throws -> Output

    /// Not for tasks to implement: a task with a revert doesn't compile unless it is a ``RevertibleTask``.
    func revert(_ input: Input, after outcome: Outcome<Output>) async throws -> Reversion
}

/// A step that writes only to the database, in the transaction that records that the step ran.
public protocol TransactionalTask: Atom {
    // Repeated here so that they are inferred from `execute`.
    associatedtype Input
    associatedtype Output
    /// The type of the store's transactions in which the step can run.
    associatedtype Transaction
    /// Inferred; tells the compiler whether the task has a `revert`. Tasks don't declare it.
    associatedtype Reversion = NotImplemented

    /// Does the work. If it throws, its writes are rolled back.
    func execute(_ input: Input, in transaction: Transaction) throws -> Output

    /// Not for tasks to implement: a task with a revert doesn't compile unless it is a ``RevertibleTransactionalTask``.
    func revert(_ input: Input, output: Output, in transaction: Transaction) async throws -> Reversion
}

/// A step that writes only to the database and whose writes can be undone later.
public protocol RevertibleTransactionalTask: TransactionalTask where Reversion == Void {
    /// Undoes what `execute` wrote, in the transaction that records the revert.
    ///
    /// Called only after a success, because a failed execution leaves nothing to undo.
    func revert(_ input: Input, output: Output, in transaction: Transaction) throws
}

/// The outcome of an execution, as its revert sees it.
public enum Outcome<Output: Sendable>: Sendable {
    /// It returned this output.
    case succeeded(Output)
    /// It threw an error. The revert has to find out whether it had an effect before that.
    case failed(Failure)
    /// Its process died, or it was cancelled, while it was running.
    case unknown
}
