public import FoundationEssentials
public import SQL
public import TaskFlow

/// A kind of store to be checked. Each rule has a store of its own, which nothing is in before.
public struct StoreUnderTest: Sendable {
    /// Opens the store of this name, as another process would that shares it with those who have opened it before; made if
    /// it isn't there.
    public var open: @Sendable (_ name: String) async throws -> any FlowStore
    /// Whether all who open one name share one store; `false` for a store that is its process's own.
    public var isShared: Bool
    /// Opens the database that ``open`` has its store of this name in, without the store's tables; `nil` for a store without
    /// a database.
    public var database: (@Sendable (_ name: String) async throws -> any SQLDatabase)?
    /// Opens the job board of the store of this name, whose leases run out by the clock that is handed over; `nil` for a store
    /// without job boards.
    public var board: (@Sendable (_ name: String, _ now: @escaping @Sendable () -> Date) async throws -> any JobBoard)?
    /// How long a rule may take before the store counts as hung.
    public var timeLimit: Duration

    /// - Parameters:
    ///   - isShared: whether all who open one name share one store.
    ///   - timeLimit: how long a rule may take before the store counts as hung.
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

    /// The store of flows in a kind of database, whose own rules are checked too.
    ///
    /// - Parameters:
    ///   - timeLimit: how long a rule may take before the store counts as hung.
    ///   - database: opens the database of a name, made if it isn't there.
    ///   - store: the store in a database.
    public init(
        timeLimit: Duration = .seconds(600),
        database: @escaping @Sendable (_ name: String) async throws -> any SQLDatabase,
        store: @escaping @Sendable (any SQLDatabase) throws -> any FlowStore
    ) {
        self.init(timeLimit: timeLimit) { try store(try await database($0)) }
        self.database = database
    }
}
