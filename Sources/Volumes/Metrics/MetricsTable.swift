internal import SQL
internal import VolumeAPI
internal import VolumeDriver

/// Every statement that counts records for metrics.
struct MetricsTable {
    let connection: any SQLConnection
    /// The only project whose records are counted; `nil` for all.
    let project: String?

    /// The number and total size of volumes, by project, pool and status.
    func volumes() throws -> [(labels: [String: String], count: Double, bytes: Double)] {
        try connection.query(
            """
            SELECT project, COALESCE(pool, ''), status, COUNT(*), \(VolumeTable.sums) FROM volume
            WHERE project = COALESCE(?, project) GROUP BY project, pool, status ORDER BY 1, 2, 3
            """,
            project
        )
        .map { row in
            (
                ["project": try row(0), "pool": try row(1), "status": try row(2)], Double(try row(3, as: Int64.self)),
                Double(try VolumeTable.sum(row, 4).bytes)
            )
        }
    }

    /// The number of snapshots, by project and status.
    func snapshots() throws -> [Metric.Sample] {
        try connection.query(
            """
            SELECT project, status, COUNT(*) FROM snapshot
            WHERE project = COALESCE(?, project) GROUP BY project, status ORDER BY 1, 2
            """,
            project
        )
        .map { .init(["project": try $0(0), "status": try $0(1)], Double(try $0(2, as: Int64.self))) }
    }

    /// The number of stored flows, by kind and state.
    func flows() throws -> [Metric.Sample] {
        try connection.query(
            """
            SELECT name, state, COUNT(*) FROM flow
            WHERE scope = COALESCE(?, scope) GROUP BY name, state ORDER BY 1, 2
            """,
            project
        )
        .map { row in
            let state: String = try row(1)
            return .init(["flow": try row(0), "state": state.lowercased()], Double(try row(2, as: Int64.self)))
        }
    }

    /// The number of stored flows that another process than their first has continued.
    func recoveries() throws -> Double {
        let rows = try connection.query(
            "SELECT COUNT(*) FROM flow WHERE epoch > 1 AND scope = COALESCE(?, scope)",
            project
        )
        return Double(try rows.first?(0, as: Int64.self) ?? 0)
    }
}
