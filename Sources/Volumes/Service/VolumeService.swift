public import Identity
public import SQL
internal import SQLStore
public import TaskFlow
public import VolumeAPI
internal import VolumeDriver

/// The client in this process: every request that people and programs have, without a daemon in between.
///
/// Any number of processes may have a service on one database at once. A request that can't be fulfilled throws a
/// ``VolumeError`` that says what failed, why, what is left of it and what to do.
public struct VolumeService: VolumeClient {
    let store: SQLStore
    let pools: [Pool]
    let registry: PoolRegistry
    let limits: QuotaLimits
    /// In whose name it is asked.
    public private(set) var scope: Scope
    /// Starts a process that carries on a flow, unless one that it has started is still there.
    private(set) var worker: (@Sendable (FlowID) throws -> Void)?
    /// Is told what a request does.
    private(set) var tell: @Sendable (RequestPhase) -> Void = { _ in }
    var audience = FlowAudience()
    let catalog: OperationCatalog

    /// A service on a database, whose tables are made or brought up to date.
    ///
    /// - Parameters:
    ///   - database: the opened database; an error of opening it is told as the service's.
    ///   - pools: where volumes may be; those of stored volumes should be among them.
    ///   - limits: what the project may use.
    ///   - scope: in whose name it is asked, unless ``scoped(to:)`` says otherwise.
    public init(
        database: @autoclosure () throws -> any SQLDatabase,
        pools: [Pool],
        limits: QuotaLimits = QuotaLimits(),
        scope: Scope = Scope()
    ) throws(VolumeError) {
        self.pools = pools
        self.limits = limits
        self.scope = scope
        do {
            store = try SQLStore(database(), schemas: Self.schemas)
            registry = PoolRegistry(pools: pools, store: store)
            catalog = try OperationCatalog(pools: registry, limits: limits)
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// The same service, asked in somebody else's name: for whoever serves several, at no cost.
    public func scoped(to scope: Scope) -> Self {
        var service = self
        service.scope = scope
        return service
    }

    /// The same service, which tells what a request does, each time that changes.
    public func telling(_ tell: @escaping @Sendable (RequestPhase) -> Void) -> Self {
        var service = self
        service.tell = tell
        return service
    }

    /// The same service for a process that may end before its flows: what is not waited for to its end goes on in another.
    ///
    /// - Parameter worker: starts a process that carries on a flow, unless one that it has started is still there.
    public func handingOver(to worker: @escaping @Sendable (FlowID) throws -> Void) -> Self {
        var service = self
        service.worker = worker
        return service
    }

    /// Whether another process carries a flow on from the start, because this one may be gone before its end.
    func handsOver(_ control: RequestControl) -> Bool { worker != nil && (!control.waits || control.deadline != nil) }

    var project: String { scope.project }

    private static var schemas: [Schema] {
        [VolumeTable.schema] + QuotaTable.schemas + [PoolTable.schema, ProvisionedTable.schema]
    }

    /// Whether the database can only be read: nothing can be changed or recovered.
    public var isReadOnly: Bool { store.isReadOnly }

    /// Ends the use of the database, so that a copy of its file is complete unless another process uses it.
    public func close() async { await store.close() }

    /// Writes a checked copy of the database to `path`, while it is in use.
    ///
    /// - Throws: `conflict` when there is a file at `path`.
    public func backup(to path: String) async throws(VolumeError) {
        do {
            try await store.backup(to: path)
        } catch let error as SQLError {
            throw VolumeError(backup: path, error)
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// Runs `body` on one unchanging state of the database.
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws(VolumeError) -> Result {
        do {
            return try await store.read(body)
        } catch {
            throw VolumeError(translating: error)
        }
    }
}
