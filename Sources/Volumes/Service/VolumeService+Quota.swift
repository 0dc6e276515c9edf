internal import SQL
internal import SQLStore
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// The project's quota.
    public func quota() async throws(VolumeError) -> QuotaStatus {
        let (project, limits) = (project, limits)
        return try await read { connection in
            let quota = QuotaTable(connection: connection)
            let reserved = try quota.counted(reservedBy: project)
            let all = try VolumeTable(connection: connection).amount(project: project)
            return QuotaStatus(
                project: project,
                usage: try quota.usage(of: project),
                counted: QuotaUsage(
                    inUse: QuotaAmount(
                        volumes: all.volumes - reserved.volumes,
                        size: all.size.subtracting(reserved.size)
                    ),
                    reserved: reserved
                ),
                limits: try quota.limits(of: project, beside: limits)
            )
        }
    }

    /// Gives the project limits of its own, which every process keeps to from the next request on. What is in use stays, even
    /// if it is more than that (`cinder: quota-update`).
    ///
    /// - Throws: `notPermitted` to who is no admin; `invalidInput` for a limit below nothing, or of more than 2^63 - 1 bytes.
    /// - Returns: the quota after that.
    @discardableResult
    public func setQuota(_ change: QuotaChange) async throws(VolumeError) -> QuotaStatus {
        guard scope.roles.contains(.admin) else {
            throw VolumeError(
                .notPermitted,
                "the quota of project \(project.quoted) was not changed",
                cause: "user \(scope.user.quoted) is no admin",
                remedies: [.advice("ask an admin"), .showQuota]
            )
        }
        var limits: [(QuotaResource, QuotaTable.OwnLimit?)] = []
        for (resource, limit) in [
            (QuotaResource.volumes, change.volumes), (.gigabytes, change.gigabytes),
            (.perVolumeGigabytes, change.perVolumeGigabytes),
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
    /// `nil` where the configured limit is to hold.
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
                    cause: "a limit is nothing or more, and a size at most 2^63 - 1 bytes",
                    remedies: [.showQuota]
                )
            }
            self = .amount(amount)
        }
    }
}
