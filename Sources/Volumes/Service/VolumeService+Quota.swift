internal import SQL
internal import SQLStore
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Returns the project's quota.
    public func quota() async throws(VolumeError) -> QuotaStatus {
        try require(.getQuota, "cannot look at the quota of project \(project.quoted)")
        return try await read { [project, limits] in try QuotaStatus(of: project, within: limits, in: $0) }
    }

    /// Compares the recorded usage with the volumes, snapshots and reservations (`cinder: cinder-manage quota check`).
    ///
    /// - Parameters:
    ///   - allProjects: whether every project is checked, and not only that of the scope.
    ///   - fixing: whether to record what is counted, and to remove reservations that nothing would end, in one transaction.
    /// - Throws: `notPermitted`.
    /// - Returns: the quotas as they were found.
    public func auditQuota(allProjects: Bool = false, fixing: Bool = false) async throws(VolumeError) -> [QuotaStatus] {
        try require(
            allProjects || fixing ? .updateQuota : .getQuota,
            "cannot audit the quota of \(allProjects ? "all projects" : "project \(project.quoted)")",
            instead: .showQuota
        )
        let (project, limits) = (project, limits)
        let audit: @Sendable (any SQLConnection) throws -> [QuotaStatus] = { connection in
            let projects = allProjects ? try QuotaTable(connection: connection).projects() : [project]
            return try projects.map { try QuotaStatus(of: $0, within: limits, in: connection) }
        }
        guard fixing else { return try await read(audit) }
        return try await transact { [scope] transaction in
            let quotas = try audit(transaction.connection)
            for quota in quotas where !quota.differences.isEmpty || !quota.staleReservations.isEmpty {
                try QuotaTable(connection: transaction.connection).correct(quota)
                try EventTable(connection: transaction.connection).insert(Event(correcting: quota, by: scope))
            }
            return quotas
        }
    }

    /// Lists the projects that have volumes, snapshots, groups, limits of their own or access to private types, by their
    /// names.
    ///
    /// - Throws: `notPermitted`.
    public func projects() async throws(VolumeError) -> [Project] {
        try require(.listProjects, "cannot list projects", instead: .showQuota)
        return try await read { connection in
            try QuotaTable(connection: connection)
                .summaries(and: TypeTable(connection: connection).projectsWithAccess())
        }
    }

    /// Sets limits of the project's own, which apply to all later requests in all processes. Existing volumes stay,
    /// even if they exceed the new limits (`cinder: quota-update`).
    ///
    /// - Throws: `notPermitted`; `invalidInput` for a limit below 0 or above 2^63 - 1
    ///   bytes, and for an unknown resource; `notFound` for one of a volume type that does not exist.
    /// - Returns: the changed quota.
    @discardableResult
    public func setQuota(_ change: QuotaChange) async throws(VolumeError) -> QuotaStatus {
        try require(.updateQuota, "the quota of project \(project.quoted) was not changed", instead: .showQuota)
        let limits = try change.limits.map { resource, limit throws(VolumeError) in
            (resource, try QuotaTable.OwnLimit(limit, of: resource))
        }
        do {
            try await store.transact { [project, scope] transaction in
                let quota = QuotaTable(connection: transaction.connection)
                let types = TypeTable(connection: transaction.connection)
                for (resource, limit) in limits {
                    if let type = resource.type, try types.find(type) == nil {
                        throw VolumeError.noType(type, to: "change quota \(resource.name.quoted)")
                    }
                    try quota.setLimit(limit, of: resource, for: project)
                }
                try EventTable(connection: transaction.connection)
                    .insert(
                        Event("quota.update", of: project, by: scope) { payload in
                            payload.metadata = change.limits.reduce(into: [String: String]()) { limits, entry in
                                limits[entry.key.name] = entry.value.words
                            }
                        }
                    )
            }
        } catch {
            throw VolumeError(translating: error)
        }
        return try await quota()
    }
}

extension QuotaLimit {
    /// The limit for an event.
    fileprivate var words: String {
        switch self {
        case .amount(let number): "\(number)"
        case .unlimited: "unlimited"
        case .configured: "configured"
        }
    }
}

extension Event {
    /// The event of a correction of what is recorded (`cinder-manage quota sync`).
    fileprivate init(correcting quota: QuotaStatus, by scope: Scope) {
        self.init("quota.sync", of: quota.project, in: quota.project, by: scope) { payload in
            payload.metadata = quota.differences.reduce(into: [String: String]()) { changes, difference in
                let (old, new) = (difference.recorded, difference.counted)
                changes[difference.resource.name] =
                    "\(new.inUse) in use and \(new.reserved) reserved, instead of \(old.inUse) and \(old.reserved)"
            }
        }
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
