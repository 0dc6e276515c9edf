/// The one form to which every kind of atom is brought, and the only one that the engine knows.
public final class LoweredAtom: Sendable {
    typealias Values = [(any Sendable)?]
    /// With the inputs of the execution, and those of the revert if they are others.
    typealias Revert = @Sendable (Values, Values, Outcome<[any Sendable]>) async throws -> Void
    typealias TransactionalRevert = @Sendable (Values, [any Sendable], Any) throws -> Void

    /// What the engine calls.
    enum Work: Sendable {
        case asynchronous(
            execute: @Sendable (Values) async throws -> Produced,
            revert: Revert?
        )
        case retry(
            execute: @Sendable (Values, [PastAttempt]) async throws -> Produced,
            immediate: (@Sendable (Values, [PastAttempt]) throws -> Produced)?,
            decide: @Sendable (Values, [PastAttempt]) throws -> Decision,
            revert: (@Sendable (Values, [PastAttempt]) async throws -> Void)?
        )
        case transactional(
            in: Any.Type,
            execute: @Sendable (Values, Any) throws -> Produced,
            revert: TransactionalRevert?
        )
    }

    /// A field that the atom takes.
    struct Requirement: Sendable {
        let field: String
        let symbol: Port
        let injected: (any Sendable)?
        /// Whether it is declared with a default, but so that nobody can tell whose that is.
        var hasUnclearDefault = false
    }

    let name: String
    /// Of the atom's type.
    let version: Int
    /// Among atoms that may start at the same time, the larger goes first.
    let priority: Int
    let effect: Effect
    let requires: [Requirement]
    /// What the revert takes, where it isn't what the execution takes.
    let revertRequires: [Requirement]
    /// How long its execution and its revert may take.
    let timeLimit: Duration?
    /// Fields that are both injected and read from elsewhere.
    let isContradictory: [String]
    let provides: [Port]
    /// The names of what it gives in its stored output.
    let fields: [String]
    /// The values in a stored output.
    let restore: @Sendable (String) throws -> [any Sendable]
    /// The output that has these values.
    let assemble: @Sendable ([any Sendable]) throws -> any Sendable
    let work: Work

    let isRetry: Bool

    init(
        name: String,
        version: Int,
        priority: Int,
        effect: Effect,
        requires: [Requirement],
        revertRequires: [Requirement],
        timeLimit: Duration?,
        isContradictory: [String],
        provides: [Port],
        fields: [String],
        restore: @escaping @Sendable (String) throws -> [any Sendable],
        assemble: @escaping @Sendable ([any Sendable]) throws -> any Sendable = { $0 },
        work: Work
    ) {
        self.name = name
        self.version = version
        self.priority = priority
        self.effect = effect
        self.requires = requires
        self.revertRequires = revertRequires
        self.timeLimit = timeLimit
        self.isContradictory = isContradictory
        self.provides = provides
        self.fields = fields
        self.restore = restore
        self.assemble = assemble
        self.work = work
        isRetry = if case .retry = work { true } else { false }
    }
}

/// One time that a retry's flow was tried.
struct PastAttempt: Sendable {
    /// What the retry gave, in the order of its ports.
    let values: [any Sendable]
    /// The same as the retry gave it.
    let output: any Sendable
    var failures: [String: Failure] = [:]
}

/// What an execution gave.
struct Produced: Sendable {
    /// In the order of the atom's ports.
    let values: [any Sendable]
    /// The stored form.
    let encode: @Sendable () throws -> String

    static let nothing = Produced(values: []) { "{}" }
}
