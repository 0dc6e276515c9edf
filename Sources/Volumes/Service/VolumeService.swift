public import Identity
public import SQL
internal import SQLStore
public import TaskFlow
public import VolumeAPI
internal import VolumeDriver

/// The client that fulfils requests in this process, without a daemon.
///
/// Several processes may use services on the same database at once.
public struct VolumeService: VolumeClient {
    let store: SQLStore
    let pools: [Pool]
    let registry: PoolRegistry
    let limits: QuotaLimits
    let policy: Policy
    /// The project and user on whose behalf it makes requests.
    public private(set) var scope: Scope
    /// Starts a process that runs a flow, unless an earlier one is still running.
    private(set) var worker: (@Sendable (FlowID) throws -> Void)?
    /// Is called when a request enters another phase.
    private(set) var tell: @Sendable (RequestPhase) -> Void = { _ in }
    var audience = FlowAudience()
    let catalog: OperationCatalog

    /// Creates a service on a database, creating or upgrading the tables.
    ///
    /// - Parameters:
    ///   - database: opens the database; the service's initializer throws its errors as its own.
    ///   - pools: the configured pools, which should include those of all stored volumes.
    ///   - limits: the limits of projects that have none of their own.
    ///   - policy: the roles that requests demand.
    ///   - scheduling: how pools are chosen for new volumes.
    ///   - scope: the project and user on whose behalf it makes requests.
    ///   - host: this host, if several use the database. The names of pools that are not shared then end with it.
    public init(
        database: @autoclosure () throws -> any SQLDatabase,
        pools: [Pool],
        limits: QuotaLimits = QuotaLimits(),
        policy: Policy = Policy(),
        scheduling: SchedulerOptions = SchedulerOptions(),
        scope: Scope = Scope(),
        host: HostOptions? = nil
    ) throws(VolumeError) {
        let pools = host.map { host in pools.map { $0.on(host.name) } } ?? pools
        self.pools = pools
        self.limits = limits
        self.policy = policy
        self.scope = scope
        do {
            store = try SQLStore(database(), schemas: Self.schemas)
            registry = PoolRegistry(pools: pools, store: store, scheduler: Scheduler(options: scheduling), host: host)
            catalog = OperationCatalog(pools: registry, limits: limits)
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// The same service in another scope.
    public func scoped(to scope: Scope) -> Self {
        var service = self
        service.scope = scope
        return service
    }

    /// The same service, which calls `tell` each time a request enters another phase.
    public func telling(_ tell: @escaping @Sendable (RequestPhase) -> Void) -> Self {
        var service = self
        service.tell = tell
        return service
    }

    /// The same service for a process that may end before its flows. Flows that are not waited for to their end are run
    /// by another process.
    ///
    /// - Parameter worker: starts a process that runs a flow, unless an earlier one is still running.
    public func handingOver(to worker: @escaping @Sendable (FlowID) throws -> Void) -> Self {
        var service = self
        service.worker = worker
        return service
    }

    /// Whether another process runs the driver step of a flow, because this process may end before the flow does.
    func handsOver(_ control: RequestControl) -> Bool {
        worker != nil && SQLStore.rehearsal == nil && (!control.waits || control.deadline != nil)
    }

    var project: String { scope.project }

    /// The schemas of the service's own tables.
    static var schemas: [Schema] {
        [VolumeTable.schema] + QuotaTable.schemas
            + [
                PoolTable.schema, PoolStateTable.schema, ProvisionedTable.schema, TypeTable.schema,
                SnapshotTable.schema, AttachmentTable.schema, KeyTable.schema, QuotaTable.typesSchema, QoSTable.schema,
                EventTable.schema, GroupTable.schema, HostTable.schema,
            ]
    }

    /// Whether the database is read-only, so that nothing can be changed or recovered.
    public var isReadOnly: Bool { store.isReadOnly }

    /// Closes the database. Its file is then complete unless another process uses it.
    public func close() async { await store.close() }

    /// Writes a verified copy of the database to `path` while the database is in use.
    ///
    /// - Throws: `conflict` when the file exists.
    public func backup(to path: String) async throws(VolumeError) {
        try require(.backUp, "the database was not copied")
        do {
            try await store.backup(to: path)
        } catch let error as SQLError {
            throw VolumeError(backup: path, error)
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// Runs `body` on one consistent state of the database; if its result `mustBeSettled`, no row with a smaller number than those
    /// that it sees appears later.
    func read<Result: Sendable>(
        settledIf mustBeSettled: @escaping @Sendable (Result) -> Bool = { _ in false },
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws(VolumeError) -> Result {
        do {
            return try await store.read(settledIf: mustBeSettled, body)
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// Runs `body` in a transaction.
    ///
    /// - Parameter keys: what the body relies on and changes; `nil` for anything.
    func transact<Result: Sendable>(
        under keys: [SQLKey]? = nil,
        _ body: @escaping @Sendable (SQLTransaction) throws -> Result
    ) async throws(VolumeError) -> Result {
        do {
            return try await store.transact(under: keys, body)
        } catch {
            throw VolumeError(translating: error)
        }
    }
}
