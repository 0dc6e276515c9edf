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
        let (user, project) = (scope.user, project)
        do {
            return try await store.transact { transaction in
                let (connection, states) = (transaction.connection, PoolStateTable(connection: transaction.connection))
                try states.disable(name, by: user, reason: reason, drains: drains, at: Date())
                guard let disabling = try states.all()[name] else {
                    throw VolumeError(.unexpected, "pool \(name.quoted) was not disabled", remedies: [.listPools])
                }
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
            wasDisabled = try await store.transact { try PoolStateTable(connection: $0.connection).enable(name) }
        } catch {
            throw VolumeError(translating: error)
        }
        if !wasDisabled { _ = try configuredPool(name) }
        return wasDisabled
    }
}
