internal import SQL
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Returns the numbers that an operator watches: volumes, snapshots, quota and flows of all projects or, for a user without
    /// the role admin, of the own project; and the capacity of the pools.
    public func metrics() async throws(VolumeError) -> [Metric] {
        let (limits, project) = (limits, scope.roles.contains(.admin) ? nil : scope.project)
        let stored: [Metric] = try await read { connection in
            let table = MetricsTable(connection: connection, project: project)
            return try Self.stored(table, limits)
        }
        let interrupted = Double(try await interruptedFlowCount())
        return stored + [
            Metric(
                "volumectl_flows_interrupted",
                "Flows of processes that have died, which wait to be continued.",
                [.init([:], interrupted)]
            )
        ] + Self.pools(try await poolStatuses())
    }

    private static func stored(_ table: MetricsTable, _ limits: QuotaLimits) throws -> [Metric] {
        let volumes = try table.volumes()
        var (used, reserved, ceilings): ([Metric.Sample], [Metric.Sample], [Metric.Sample]) = ([], [], [])
        let quota = QuotaTable(connection: table.connection)
        for project in try table.project.map({ [$0] }) ?? quota.projects() {
            for (resource, use) in try quota.uses(of: project).sorted(by: { $0.key.name < $1.key.name }) {
                let labels = ["project": project, "resource": resource.name]
                used.append(.init(labels, Double(use.recorded.inUse)))
                reserved.append(.init(labels, Double(use.recorded.reserved)))
                ceilings.append(.init(labels, QuotaTable.limit(resource, use, limits).map(Double.init) ?? .infinity))
            }
        }
        return [
            Metric("volumectl_volumes", "Volumes.", volumes.map { .init($0.labels, $0.count) }),
            Metric(
                "volumectl_volumes_size_bytes",
                "Total size of volumes.",
                volumes.map { .init($0.labels, $0.bytes) }
            ),
            Metric("volumectl_snapshots", "Snapshots.", try table.snapshots()),
            Metric("volumectl_quota_used", "Quota in use; sizes in bytes.", used),
            Metric("volumectl_quota_reserved", "Quota reserved by running flows; sizes in bytes.", reserved),
            Metric("volumectl_quota_limit", "Limits of quotas; sizes in bytes.", ceilings),
            Metric("volumectl_flows", "Stored flows.", try table.flows()),
            Metric(
                "volumectl_flows_recovered",
                "Stored flows that another process has continued.",
                [.init([:], try table.recoveries())]
            ),
        ]
    }

    private static func pools(_ pools: [PoolStatus]) -> [Metric] {
        func samples(_ value: (PoolStatus) -> Double?) -> [Metric.Sample] {
            pools.compactMap { pool in
                value(pool).map { .init(["pool": pool.report.name, "driver": pool.report.kind], $0) }
            }
        }
        return [
            Metric("volumectl_pool_up", "Whether the pool answers.", samples { $0.report.problem == nil ? 1 : 0 }),
            Metric(
                "volumectl_pool_capacity_bytes",
                "Capacity of the pool.",
                samples { $0.report.capacity.map { Double($0.total.bytes) } }
            ),
            Metric(
                "volumectl_pool_free_bytes",
                "Free capacity of the pool.",
                samples { $0.report.capacity.map { Double($0.free.bytes) } }
            ),
            Metric(
                "volumectl_pool_provisioned_bytes",
                "Total size of the volumes in the pool.",
                samples { Double($0.provisioned.size.bytes) }
            ),
            Metric("volumectl_pool_volumes", "Volumes in the pool.", samples { Double($0.provisioned.volumes) }),
        ]
    }
}
