internal import SQLStore
internal import VolumeAPI
internal import VolumeDriver

extension PoolRegistry {
    /// Asks the pools that may get a new volume for their capacity. A disabled pool is reported without being asked, because
    /// its backend may be under maintenance.
    ///
    /// - Parameters:
    ///   - name: the only candidate; `nil` for all pools.
    ///   - marking: whether to mark pools that have no mark and that the database does not know.
    ///   - askingDisabled: whether to ask disabled pools, too.
    /// - Throws: `CancellationError`; what the store throws.
    func candidates(_ name: String?, marking: Bool, askingDisabled: Bool = false) async throws -> [PoolReport] {
        let candidates = pools.filter { name == nil || name == $0.name }
        let disabled =
            askingDisabled ? [:] : try await store.read { try PoolStateTable(connection: $0).all() }
        let asked = try await survey(candidates.filter { disabled[$0.name] == nil }, marking: marking)
        let reports = Dictionary(asked.map { ($0.name, $0) }) { first, _ in first }
        return candidates.map { pool in
            reports[pool.name]
                ?? pool.report(
                    failing: DriverError(
                        .unavailable,
                        disabled[pool.name]?.description ?? "it was not asked"
                    )
                )
        }
    }
}
