package import SQLStore
internal import TaskFlow
internal import VolumeDriver

/// The service's face to programs: every request that people and programs have, without a daemon in between.
///
/// Any number of processes may have a service on one database at once. A request that can't be fulfilled throws a
/// ``VolumeError`` that says what failed, why, what is left of it and what to do.
public struct VolumeService: Sendable {
    let store: SQLStore
    let pools: [Pool]
    let registry: PoolRegistry
    let limits: QuotaLimits
    /// In whose name it is asked.
    public let scope: Scope
    let createFlow: Flow<CreateVolumeRequest>
    let deleteFlow: Flow<DeleteVolumeRequest>
    let catalog: OperationCatalog

    /// A service on the database at `path`, which is made if it isn't there.
    ///
    /// - Parameters:
    ///   - pools: where volumes may be; those of stored volumes should be among them.
    ///   - limits: what the project may use.
    ///   - scope: in whose name it is asked, unless ``scoped(to:)`` says otherwise.
    ///   - access: what the service is wanted for.
    public init(
        database path: String,
        pools: [Pool],
        limits: QuotaLimits = QuotaLimits(),
        scope: Scope = Scope(),
        access: ServiceAccess = .change
    ) throws(VolumeError) {
        try self.init(pools: pools, limits: limits, scope: scope) {
            try SQLStore(path: path, schemas: Self.schemas, access: access == .look ? .look : .change)
        }
    }

    /// A service whose database is watched or counted.
    package init(
        database path: String,
        pools: [Pool],
        limits: QuotaLimits = QuotaLimits(),
        scope: Scope = Scope(),
        observer: @escaping CommitObserver
    ) throws(VolumeError) {
        try self.init(pools: pools, limits: limits, scope: scope) {
            try SQLStore(path: path, schemas: Self.schemas, observer: observer)
        }
    }

    private init(
        pools: [Pool],
        limits: QuotaLimits,
        scope: Scope,
        opening: () throws -> SQLStore
    ) throws(VolumeError) {
        self.pools = pools
        self.limits = limits
        self.scope = scope
        do {
            store = try opening()
            registry = PoolRegistry(pools: pools, store: store)
            createFlow = try createVolumeFlow(pools: registry, limits: limits)
            deleteFlow = try deleteVolumeFlow(pools: registry)
            catalog = OperationCatalog(operations: [.create(createFlow), .delete(deleteFlow)])
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// The same service, asked in somebody else's name: for whoever serves several, at no cost.
    public func scoped(to scope: Scope) -> VolumeService { VolumeService(self, scope) }

    private init(_ service: VolumeService, _ scope: Scope) {
        (store, pools, registry) = (service.store, service.pools, service.registry)
        (limits, createFlow, deleteFlow) = (service.limits, service.createFlow, service.deleteFlow)
        (catalog, self.scope) = (service.catalog, scope)
    }

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

    /// How many transactions this service has made durable.
    public var commitCount: Int { store.commitCount }

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

/// What a service is wanted for.
public enum ServiceAccess: Sendable, Hashable {
    /// Changing volumes.
    case change
    /// Looking, which is possible also where the database can only be read.
    case look
}
