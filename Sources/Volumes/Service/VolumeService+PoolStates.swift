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
        _ = try configuredPool(name)
        guard VolumeAttributes.isText(reason), drains || reason.contains(where: { !$0.isWhitespace }) else {
            throw VolumeError(
                .invalidInput,
                "cannot \(subject): a reason is 1 to 255 characters, without control characters",
                remedies: [.advice("give a reason that others understand"), .showPool(name)]
            )
        }
        let (scope, project) = (scope, project)
        do {
            return try await store.transact { transaction in
                let (connection, states) = (transaction.connection, PoolStateTable(connection: transaction.connection))
                try states.disable(name, by: scope.user, reason: reason, drains: drains, at: Date())
                guard let disabling = try states.all()[name] else {
                    throw VolumeError(.unexpected, "pool \(name.quoted) was not disabled", remedies: [.listPools])
                }
                try EventTable(connection: connection)
                    .insert(
                        Event("pool.disable", of: name, by: scope) { payload in
                            payload.host = name
                            payload.status = drains ? "draining" : "disabled"
                            payload.metadata = ["reason": reason]
                        }
                    )
                return DisabledPool(
                    pool: name,
                    disabling: disabling,
                    remaining: try ProvisionedTable(connection: connection).all()[name] ?? ProvisionedCapacity(),
                    volumes: try VolumeTable(connection: connection)
                        .labels(in: name, project: project, limit: Self.mostListed)
                )
            }
        } catch {
            throw VolumeError(translating: error)
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
        let wasDisabled: Bool
        do {
            wasDisabled = try await store.transact { [scope] transaction in
                guard try PoolStateTable(connection: transaction.connection).enable(name) else { return false }
                try EventTable(connection: transaction.connection)
                    .insert(Event("pool.enable", of: name, by: scope) { $0.host = name })
                return true
            }
        } catch {
            throw VolumeError(translating: error)
        }
        if !wasDisabled { _ = try configuredPool(name) }
        return wasDisabled
    }
}
