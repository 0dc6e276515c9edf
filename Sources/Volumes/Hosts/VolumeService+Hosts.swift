internal import FoundationEssentials
internal import SQL
internal import SQLStore
internal import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// The name of this host; `nil` if the database has no hosts.
    public var hostName: String? { registry.host?.name }

    /// Asks this host's pools for their status, marks those without a mark, and reports them to the other hosts.
    ///
    /// A pool at a place that another host serves is reported as down.
    ///
    /// - Parameters:
    ///   - worker: the words for the reporting process: `process 711`.
    ///   - refusals: the flows that wait for this host and that its worker can't carry on.
    /// - Throws: ``VolumeError``: `invalidInput` if the service has no host; what the store throws.
    public func reportPools(by worker: String, refusing refusals: [FlowRefusal] = []) async throws(VolumeError) {
        let host = try requireHost("report pools")
        do {
            let reports = try await registry.survey(pools, marking: true, askingDisabled: false)
            try await store.transact(under: [.marks]) { [pools] transaction in
                let (table, hosts) = (
                    PoolTable(connection: transaction.connection), HostTable(connection: transaction.connection)
                )
                var known = try table.known()
                let checked = try zip(pools, reports)
                    .map { pool, report in
                        guard let mark = report.mark else { return report }
                        let isKnown = try table.register(
                            report.name,
                            as: mark,
                            kind: report.kind,
                            at: Date(),
                            among: &known
                        )
                        return isKnown ? report : pool.report(failing: .claimedMeanwhile(report.name))
                    }
                try hosts.report(checked, of: host, by: worker, refusing: refusals)
            }
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// Records that this host's worker has ended in an orderly way, so that its pools count as down at once.
    public func endReports(by worker: String) async throws(VolumeError) {
        let host = try requireHost("end its reports")
        do {
            try await store.transact { try HostTable(connection: $0.connection).stop(host, worker: worker) }
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// Returns the hosts whose workers have ever reported, by name.
    public func hosts() async throws(VolumeError) -> [HostStatus] {
        try require(.listPools, "cannot look at the hosts")
        return try await knownHosts()
    }

    /// The hosts, whoever asks.
    func knownHosts() async throws(VolumeError) -> [HostStatus] {
        let limit = registry.host?.reportLimit ?? HostOptions.defaultReportLimit
        do {
            let queues = try await store.queues()
            return try await store.read { connection in
                let (table, now) = (HostTable(connection: connection), try connection.time())
                let pools = try table.poolNames()
                return try table.all()
                    .map { HostStatus($0, pools: pools[$0.name] ?? [], queues, at: now, limit: limit) }
            }
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// Returns a host.
    ///
    /// - Throws: ``VolumeError``: `notFound`.
    public func host(named name: String) async throws(VolumeError) -> HostStatus {
        let hosts = try await hosts()
        if let host = hosts.first(where: { $0.name == name }) { return host }
        throw VolumeError.noHost(name, among: hosts.map(\.name))
    }

    /// Lets a host's own pools take no new volumes; those that all hosts reach still do. A drained host gets the new reason.
    ///
    /// - Throws: ``VolumeError``: `notPermitted` unless the user is an admin; `notFound`; `invalidInput`.
    @discardableResult
    public func drainHost(_ name: String, reason: String) async throws(VolumeError) -> HostStatus {
        let subject = "drain host \(name.quoted)"
        try require(.updatePool, "cannot \(subject)", instead: .listHosts)
        guard VolumeAttributes.isText(reason) else {
            throw VolumeError(
                .invalidInput,
                "cannot \(subject): a reason has at most 255 characters, without control characters",
                remedies: [.advice("give a shorter reason"), .listHosts]
            )
        }
        try await change(name) { [scope] transaction in
            guard try HostTable(connection: transaction.connection).drain(name, by: scope.user, reason: reason) else {
                return false
            }
            let event = Event("host.drain", of: name, by: scope) { payload in
                payload.host = name
                payload.metadata = ["reason": reason]
            }
            try EventTable(connection: transaction.connection).insert(event)
            return true
        }
        return try await host(named: name)
    }

    /// Lets a host's pools take new volumes again.
    ///
    /// - Returns: whether it was drained.
    /// - Throws: ``VolumeError``: `notPermitted` unless the user is an admin; `notFound`.
    @discardableResult
    public func enableHost(_ name: String) async throws(VolumeError) -> Bool {
        try require(.updatePool, "cannot enable host \(name.quoted)", instead: .listHosts)
        guard try await host(named: name).draining != nil else { return false }
        try await change(name) { [scope] transaction in
            guard try HostTable(connection: transaction.connection).enable(name) else { return true }
            let event = Event("host.enable", of: name, by: scope) { $0.host = name }
            try EventTable(connection: transaction.connection).insert(event)
            return true
        }
        return true
    }

    private func change(
        _ host: String,
        _ body: @escaping @Sendable (SQLTransaction) throws -> Bool
    ) async throws(VolumeError) {
        do {
            guard try await store.transact(body) else {
                throw VolumeError.noHost(host, among: try await hosts().map(\.name))
            }
        } catch {
            throw VolumeError(translating: error)
        }
    }

    private func requireHost(_ subject: String) throws(VolumeError) -> String {
        if let host = registry.host { return host.name }
        throw VolumeError(
            .invalidInput,
            "cannot \(subject): this host has no name in its configuration",
            remedies: [.advice("set the key host in the configuration, to a name that no other host has")]
        )
    }
}

extension HostStatus {
    fileprivate init(
        _ row: HostTable.Row,
        pools: [String],
        _ queues: [PlaceQueue],
        at now: Date,
        limit: Duration
    ) {
        let own = queues.filter { queue in
            queue.place.pool.map { pools.contains($0) || PoolName($0).host == row.name }
                ?? (queue.place == .host(row.name))
        }
        let age = max(0, now.timeIntervalSince(row.reportedAt))
        self.init(
            name: row.name,
            state: row.stoppedAt != nil ? .stopped : age > limit / .seconds(1) ? .silent : .up,
            worker: row.worker,
            since: row.startedAt,
            reportedAt: row.reportedAt,
            age: age,
            draining: row.draining,
            pools: pools,
            waitingFlows: own.reduce(0) { $0 + $1.count },
            waitingSince: own.map(\.since).min(),
            version: row.version,
            refusals: row.refusals
        )
    }
}

extension VolumeError {
    fileprivate static func noHost(_ name: String, among known: [String]) -> VolumeError {
        VolumeError(
            .notFound,
            "there is no host \(name.quoted)",
            cause: known.isEmpty
                ? "no worker has reported yet: a host is known once volumed has run there"
                : "the hosts are \(known.joined(separator: ", "))",
            remedies: [.listHosts]
        )
    }
}
