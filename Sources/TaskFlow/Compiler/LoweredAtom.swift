/// The common form of all kinds of atoms, and the only one that the engine knows.
public final class LoweredAtom: Sendable {
    typealias Values = [(any Sendable)?]
    /// Takes the inputs of the execution, and those of the revert if it has its own.
    typealias Revert = @Sendable (Values, Values, Outcome<[any Sendable]>) async throws -> Void
    typealias TransactionalRevert = @Sendable (Values, [any Sendable], Any) throws -> Void

    /// The functions that the engine calls.
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
        /// Whether the field may have a default that can't be told apart from those of other fields of its type.
        var hasUnclearDefault = false
    }

    let name: String
    /// The version of the atom's type.
    let version: Int
    /// The atom's precedence among atoms that may start: the largest starts first.
    let priority: Int
    let effect: Effect
    /// The place at which the atom is executed and reverted, by the values of its input; `nil` if it may run anywhere.
    let place: (@Sendable (Values) -> Place?)?
    let requires: [Requirement]
    /// The inputs of the revert, if it has its own.
    let revertRequires: [Requirement]
    /// The longest time that the execution, and the revert, may take.
    let timeLimit: Duration?
    /// Fields that are both injected and read from elsewhere.
    let isContradictory: [String]
    let provides: [Port]
    /// The names of the provided values in the stored output.
    let fields: [String]
    /// Reads the values from a stored output.
    let restore: @Sendable (String) throws -> [any Sendable]
    /// Makes the output from its values.
    let assemble: @Sendable ([any Sendable]) throws -> any Sendable
    let work: Work

    let isRetry: Bool

    init(
        name: String,
        version: Int,
        priority: Int,
        effect: Effect,
        place: (@Sendable (Values) -> Place?)? = nil,
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
        self.place = place
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

/// One attempt at a retry's flow.
struct PastAttempt: Sendable {
    /// The values that the retry provided, in the order of its ports.
    let values: [any Sendable]
    /// The retry's output, which holds the same values.
    let output: any Sendable
    var failures: [String: Failure] = [:]
}

/// The output of an execution.
struct Produced: Sendable {
    /// The values in the order of the atom's ports.
    let values: [any Sendable]
    /// The output's stored form.
    let stored: String
}

extension Produced {
    init<Output>(_ output: Output, by map: FieldMap<Output>) throws { (values, stored) = try map.take(output) }
}
