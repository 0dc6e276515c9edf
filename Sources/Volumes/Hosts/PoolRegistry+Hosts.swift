internal import FoundationEssentials
internal import SQL
internal import SQLStore
internal import VolumeAPI
internal import VolumeDriver

/// The pools that other hosts serve, as their workers reported them.
extension PoolRegistry {
    /// The last reports of the pools that are not configured here. A report that is too old says that the pool is down.
    ///
    /// - Parameter name: the only pool of interest; `nil` for all.
    func others(_ name: String? = nil) async throws -> [PoolReport] {
        guard host != nil, name == nil || !pools.contains(where: { $0.name == name }) else { return [] }
        return try await store.read { try others(in: $0) }.filter { name == nil || name == $0.name }
    }

    private func others(in connection: any SQLConnection) throws -> [PoolReport] {
        guard let host else { return [] }
        let (table, own) = (HostTable(connection: connection), Set(pools.map(\.name)))
        let now = try connection.time()
        // A pool that several hosts reach is as the host says whose worker reported last.
        let reports = try table.reports()
            .filter { found in
                !own.contains(found.report.name) && found.host != host.name
                    && (found.report.host == nil || found.report.host == found.host)
            }
            .sorted { ($0.stoppedAt == nil ? 1 : 0, $0.reportedAt) > ($1.stoppedAt == nil ? 1 : 0, $1.reportedAt) }
        var seen: Set<String> = []
        return reports.filter { seen.insert($0.report.name).inserted }
            .map { $0.report.reported(at: $0.reportedAt, problem: $0.silence(at: now, limit: host.reportLimit)) }
            .sorted { $0.name < $1.name }
    }

    /// The host that alone reaches the pool, if it is another one.
    func otherHost(of pool: String) -> String? {
        guard let host, let own = PoolName(pool).host, own != host.name else { return nil }
        return own
    }
}

extension HostTable.Reported {
    /// Why the report is not believed any more; `nil` if it is.
    fileprivate func silence(at now: Date, limit: Duration) -> DriverError? {
        let age = now.timeIntervalSince(reportedAt)
        guard stoppedAt != nil || age > limit / .seconds(1) else { return nil }
        let words = reportedAt.formatted(.iso8601)
        return DriverError(
            .unavailable,
            stoppedAt == nil
                ? "host \(host) last reported it at \(words), \(Int(age)) s ago"
                : "the worker of host \(host) was stopped at \(words)",
            remedy: "start volumed on host \(host)"
        )
    }
}

extension DriverError {
    /// The error for a call of a driver whose pool only another host reaches.
    static func elsewhere(_ pool: String, on host: String) -> DriverError {
        DriverError(
            .unavailable,
            "pool \"\(pool)\" is on host \(host)",
            remedy: "run the command on host \(host)"
        )
    }

    /// The error for a place that is known as another host's pool.
    static func served(_ pool: String, as other: String, by host: String) -> DriverError {
        DriverError(
            .foreignPool,
            "pool \"\(pool)\" is the same place as pool \"\(other)\", which host \(host) serves",
            cause: "its mark is that of pool \"\(other)\", and only one host may serve a pool of this driver",
            remedy: "give each host a place of its own in its configuration",
            serviceRemedy: .showPool(other)
        )
    }
}
