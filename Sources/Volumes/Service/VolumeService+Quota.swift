internal import SQL
internal import SQLStore
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Returns the project's quota.
    public func quota() async throws(VolumeError) -> QuotaStatus {
        let (project, limits) = (project, limits)
        return try await read { connection in
            let quota = QuotaTable(connection: connection)
            let reserved = try quota.counted(reservedBy: project)
            let volumes = try VolumeTable(connection: connection).amount(project: project)
            let snapshots = try SnapshotTable(connection: connection).amount(project: project)
            let bytes = volumes.size.bytes.addingReportingOverflow(snapshots.size.bytes)
            let all = ByteCount(bytes: bytes.overflow ? .max : bytes.partialValue) ?? .zero
            return QuotaStatus(
                project: project,
                usage: try quota.usage(of: project),
                counted: QuotaUsage(
                    inUse: QuotaAmount(
                        volumes: volumes.volumes - reserved.volumes,
                        size: all.subtracting(reserved.size),
                        snapshots: snapshots.snapshots - reserved.snapshots
                    ),
                    reserved: reserved
                ),
                limits: try quota.limits(of: project, beside: limits)
            )
        }
    }

    /// Sets limits of the project's own, which apply to all later requests in all processes. Existing volumes stay,
    /// even if they exceed the new limits (`cinder: quota-update`).
    ///
    /// - Throws: `notPermitted` for users without the role admin; `invalidInput` for a limit below 0 or above 2^63 - 1
    ///   bytes.
    /// - Returns: the changed quota.
    @discardableResult
    public func setQuota(_ change: QuotaChange) async throws(VolumeError) -> QuotaStatus {
        guard scope.roles.contains(.admin) else {
            throw VolumeError(
                .notPermitted,
                "the quota of project \(project.quoted) was not changed",
                cause: "user \(scope.user.quoted) is not an admin",
                remedies: [.advice("ask an admin"), .showQuota]
            )
        }
        var limits: [(QuotaResource, QuotaTable.OwnLimit?)] = []
        for (resource, limit) in [
            (QuotaResource.volumes, change.volumes), (.gigabytes, change.gigabytes),
            (.perVolumeGigabytes, change.perVolumeGigabytes), (.snapshots, change.snapshots),
        ] {
            guard let limit else { continue }
            limits.append((resource, try QuotaTable.OwnLimit(limit, of: resource)))
        }
        do {
            try await store.transact { [project, limits] transaction in
                let quota = QuotaTable(connection: transaction.connection)
                for (resource, limit) in limits { try quota.setLimit(limit, of: resource, for: project) }
            }
        } catch {
            throw VolumeError(translating: error)
        }
        return try await quota()
    }
}

extension QuotaTable.OwnLimit {
    /// `nil` where the configured limit is to apply.
    fileprivate init?(_ limit: QuotaLimit, of resource: QuotaResource) throws(VolumeError) {
        switch limit {
        case .configured: return nil
        case .unlimited: self = .unlimited
        case .amount(let number):
            let bytes = ByteCount(gibibytes: number)?.bytes
            guard number >= 0, let amount = resource.isSize ? bytes : number else {
                throw VolumeError(
                    .invalidInput,
                    "quota \(resource.name.quoted) can't be \(number)",
                    cause: "a limit is at least 0, and a size is at most 2^63 - 1 bytes",
                    remedies: [.showQuota]
                )
            }
            self = .amount(amount)
        }
    }
}
