public import FoundationEssentials
public import SQL
public import TaskFlow

/// A kind of store to be checked. Each rule is checked on a new, empty store.
public struct StoreUnderTest: Sendable {
    /// Opens the store of this name, or creates it. Each call stands for another process that shares the store with
    /// those that have opened it before.
    public var open: @Sendable (_ name: String) async throws -> any FlowStore
    /// Whether all openings of one name share one store; `false` for a store in memory.
    public var isShared: Bool
    /// Opens the database of the store of this name, without the store's tables; `nil` for a store without a database.
    public var database: (@Sendable (_ name: String) async throws -> any SQLDatabase)?
    /// Opens the job board of the store of this name, whose leases expire by the given clock; `nil` for a store without
    /// job boards.
    public var board: (@Sendable (_ name: String, _ now: @escaping @Sendable () -> Date) async throws -> any JobBoard)?
    /// The time limit for the check of a rule, after which the store counts as hung.
    public var timeLimit: Duration

    /// - Parameters:
    ///   - isShared: whether all openings of one name share one store.
    ///   - timeLimit: the time limit for the check of a rule, after which the store counts as hung.
    ///   - open: opens the store of a name.
    public init(
        isShared: Bool = true,
        timeLimit: Duration = .seconds(600),
        open: @escaping @Sendable (_ name: String) async throws -> any FlowStore
    ) {
        self.isShared = isShared
        self.timeLimit = timeLimit
        self.open = open
    }

    /// Creates a subject from a kind of database and a store in it. The rules about databases are checked as well.
    ///
    /// - Parameters:
    ///   - timeLimit: the time limit for the check of a rule, after which the store counts as hung.
    ///   - database: opens the database of a name, or creates it.
    ///   - store: opens the store in a database.
    public init(
        timeLimit: Duration = .seconds(600),
        database: @escaping @Sendable (_ name: String) async throws -> any SQLDatabase,
        store: @escaping @Sendable (any SQLDatabase) throws -> any FlowStore
    ) {
        self.init(timeLimit: timeLimit) { try store(try await database($0)) }
        self.database = database
    }
}
