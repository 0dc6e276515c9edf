internal import SQL
internal import SQLStore
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Returns the project's quota.
    public func quota() async throws(VolumeError) -> QuotaStatus {
        try await read { [project, limits] in try QuotaStatus(of: project, within: limits, in: $0) }
    }

    /// Compares the recorded usage with the volumes, snapshots and reservations (`cinder: cinder-manage quota check`).
    ///
    /// - Parameters:
    ///   - allProjects: whether every project is checked, and not only that of the scope.
    ///   - fixing: whether to record what is counted, and to remove reservations that nothing would end, in one transaction.
    /// - Throws: `notPermitted` for users without the role admin who want to change something or see other projects.
    /// - Returns: the quotas as they were found.
    public func auditQuota(allProjects: Bool = false, fixing: Bool = false) async throws(VolumeError) -> [QuotaStatus] {
        if allProjects || fixing { try requireAdmin(to: "audit quotas", seeInstead: .showQuota) }
        let (project, limits) = (project, limits)
        let audit: @Sendable (any SQLConnection) throws -> [QuotaStatus] = { connection in
            let projects = allProjects ? try QuotaTable(connection: connection).projects() : [project]
            return try projects.map { try QuotaStatus(of: $0, within: limits, in: connection) }
        }
        guard fixing else { return try await read(audit) }
        do {
            return try await store.transact { transaction in
                let quotas = try audit(transaction.connection)
                for quota in quotas { try QuotaTable(connection: transaction.connection).correct(quota) }
                return quotas
            }
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// Sets limits of the project's own, which apply to all later requests in all processes. Existing volumes stay,
    /// even if they exceed the new limits (`cinder: quota-update`).
    ///
    /// - Throws: `notPermitted` for users without the role admin; `invalidInput` for a limit below 0 or above 2^63 - 1
    ///   bytes, and for an unknown resource; `notFound` for one of a volume type that does not exist.
    /// - Returns: the changed quota.
    @discardableResult
    public func setQuota(_ change: QuotaChange) async throws(VolumeError) -> QuotaStatus {
        try requireAdmin(to: "change the quota of project \(project.quoted)", seeInstead: .showQuota)
        let limits = try change.limits.map { resource, limit throws(VolumeError) in
            (resource, try QuotaTable.OwnLimit(limit, of: resource))
        }
        do {
            try await store.transact { [project] transaction in
                let quota = QuotaTable(connection: transaction.connection)
                let types = TypeTable(connection: transaction.connection)
                for (resource, limit) in limits {
                    if let type = resource.type, try types.find(type) == nil {
                        throw VolumeError.noType(type, to: "change quota \(resource.name.quoted)")
                    }
                    try quota.setLimit(limit, of: resource, for: project)
                }
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
        guard QuotaResource.general.contains(resource.base) else {
            throw VolumeError(
                .invalidInput,
                "there is no quota \(resource.name.quoted)",
                cause: "the quotas are \(QuotaResource.general.map(\.name).joined(separator: ", ")), and those of "
                    + "a volume type T \(QuotaResource.ofEachType.map { $0.of(type: "T").name }.joined(separator: ", "))",
                remedies: [.showQuota, .listTypes]
            )
        }
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
