internal import FoundationEssentials
internal import SQL
internal import SQLStore
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// The maximum number of volumes that are listed as still being in a pool.
    private static let mostListed = 20

    /// Excludes a pool from new volumes; its volumes can be used as before. A pool that is disabled already gets the new
    /// reason.
    ///
    /// - Parameters:
    ///   - reason: a text for people; may be empty for a pool that is to be emptied.
    ///   - drains: whether the pool is to be emptied.
    /// - Throws: ``VolumeError``: `notPermitted` unless the user is an admin; `notFound`; `invalidInput`.
    @discardableResult
    public func disablePool(
        _ name: String,
        reason: String,
        drains: Bool = false
    ) async throws(VolumeError) -> DisabledPool {
        let subject = "\(drains ? "drain" : "disable") pool \(name.quoted)"
        try require(.updatePool, "cannot \(subject)", instead: .listPools)
        let pool = try await pool(named: name).name
        guard VolumeAttributes.isText(reason), drains || reason.contains(where: { !$0.isWhitespace }) else {
            throw VolumeError(
                .invalidInput,
                "cannot \(subject): a reason is 1 to 255 characters, without control characters",
                remedies: [.advice("give a reason that others understand"), .showPool(name)]
            )
        }
        let (scope, project) = (scope, project)
        return try await transact { transaction in
            let (connection, states) = (transaction.connection, PoolStateTable(connection: transaction.connection))
            try states.disable(pool, by: scope.user, reason: reason, drains: drains, at: Date())
            guard let disabling = try states.all()[pool] else {
                throw VolumeError(.unexpected, "pool \(pool.quoted) was not disabled", remedies: [.listPools])
            }
            try EventTable(connection: connection)
                .insert(
                    Event("pool.disable", of: pool, by: scope) { payload in
                        payload.host = pool
                        payload.status = drains ? "draining" : "disabled"
                        payload.metadata = ["reason": reason]
                    }
                )
            return DisabledPool(
                pool: pool,
                disabling: disabling,
                remaining: try ProvisionedTable(connection: connection).all()[pool] ?? ProvisionedCapacity(),
                volumes: try VolumeTable(connection: connection)
                    .labels(in: pool, project: project, limit: Self.mostListed)
            )
        }
    }

    /// Lets a pool take new volumes again.
    ///
    /// - Returns: whether it was disabled.
    /// - Throws: ``VolumeError``: `notPermitted` unless the user is an admin; `notFound` if the pool is neither disabled nor
    ///   configured.
    @discardableResult
    public func enablePool(_ name: String) async throws(VolumeError) -> Bool {
        try require(.updatePool, "cannot enable pool \(name.quoted)", instead: .listPools)
        // A pool that is not configured any more is known by its name in full only.
        if try await enable(name) { return true }
        let full = try await pool(named: name).name
        return full == name ? false : try await enable(full)
    }

    private func enable(_ pool: String) async throws(VolumeError) -> Bool {
        try await transact { [scope] transaction in
            guard try PoolStateTable(connection: transaction.connection).enable(pool) else { return false }
            try EventTable(connection: transaction.connection)
                .insert(Event("pool.enable", of: pool, by: scope) { $0.host = pool })
            return true
        }
    }
}
