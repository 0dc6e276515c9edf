internal import SQL
internal import VolumeAPI

/// The pools that take no new volumes: the disabled ones, and those of drained hosts.
struct DisabledPools: Sendable {
    private var pools: [String: PoolDisabling] = [:]
    private var hosts: [String: PoolDisabling] = [:]

    /// No pool is disabled.
    init() {}

    /// The pools that are disabled in a database.
    init(in connection: any SQLConnection) throws { self = try Self.fetch(in: connection).value() }

    /// Asks for the pools that are disabled in a database.
    static func fetch(in connection: any SQLConnection) throws -> Fetched<DisabledPools> {
        let pools = try PoolStateTable(connection: connection).fetchAll()
        return try HostTable(connection: connection).drained()
            .map { hosts in
                var disabled = DisabledPools()
                (disabled.pools, disabled.hosts) = (try pools.value(), hosts)
                return disabled
            }
    }

    /// Why the pool takes no new volumes; `nil` if it does.
    subscript(pool: String) -> PoolDisabling? {
        if let disabling = pools[pool] { return disabling }
        guard !hosts.isEmpty, let host = PoolName(pool).host else { return nil }
        return hosts[host]
    }
}

extension PoolDisabling {
    /// Lets the pool take new volumes again.
    func remedy(for pool: String) -> Remedy { host.map(Remedy.enableHost) ?? .enablePool(pool) }
}
