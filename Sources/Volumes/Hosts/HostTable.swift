internal import FoundationEssentials
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI

/// Every statement about hosts and the reports of their workers, and nothing else. Times are the database's, so that the clocks
/// of the hosts need not agree.
struct HostTable {
    let connection: any SQLConnection

    static let schema = Schema(
        name: "host",
        steps: [
            """
            CREATE TABLE host (
                name TEXT PRIMARY KEY,
                worker TEXT NOT NULL,
                started_at INTEGER NOT NULL,
                reported_at INTEGER NOT NULL,
                stopped_at INTEGER,
                drained_at INTEGER,
                drained_by TEXT,
                drain_reason TEXT
            ) STRICT;
            CREATE TABLE pool_report (
                host TEXT NOT NULL,
                pool TEXT NOT NULL,
                report TEXT NOT NULL,
                PRIMARY KEY (host, pool)
            ) STRICT;
            """,
            """
            ALTER TABLE host ADD COLUMN version TEXT;
            ALTER TABLE host ADD COLUMN refusals TEXT;
            """,
        ]
    )

    /// A pool as a host reported it.
    struct Reported: Sendable {
        let report: PoolReport
        let host: String
        let reportedAt: Date
        let stoppedAt: Date?
    }

    /// A host's row.
    struct Row: Sendable {
        let name: String
        let worker: String
        let startedAt: Date
        let reportedAt: Date
        let stoppedAt: Date?
        let draining: PoolDisabling?
        let version: String?
        let refusals: [FlowRefusal]
    }

    /// Replaces what the worker of a host has reported before.
    func report(
        _ pools: [PoolReport],
        of host: String,
        by worker: String,
        refusing refusals: [FlowRefusal]
    ) throws {
        let now = try connection.time()
        let words = refusals.isEmpty ? nil : String(decoding: try JSONEncoder().encode(refusals), as: UTF8.self)
        try connection.write(
            """
            INSERT INTO host (name, worker, started_at, reported_at, version, refusals) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET
                started_at = CASE WHEN host.worker = excluded.worker AND host.stopped_at IS NULL
                    THEN host.started_at ELSE excluded.started_at END,
                worker = excluded.worker, reported_at = excluded.reported_at, stopped_at = NULL,
                version = excluded.version, refusals = excluded.refusals
            """,
            host,
            worker,
            now,
            now,
            ProgramVersion.current,
            words
        )
        try connection.write("DELETE FROM pool_report WHERE host = ?", host)
        for pool in pools {
            let text = String(decoding: try JSONEncoder().encode(pool), as: UTF8.self)
            try connection.write(
                "INSERT INTO pool_report (host, pool, report) VALUES (?, ?, ?)",
                host,
                pool.name,
                text
            )
        }
    }

    /// Records the orderly end of a host's worker, unless another worker has reported since.
    func stop(_ host: String, worker: String) throws {
        let now = try connection.time()
        try connection.write(
            "UPDATE host SET stopped_at = ?, reported_at = ? WHERE name = ? AND worker = ?",
            now,
            now,
            host,
            worker
        )
    }

    /// The readable reports of all hosts, by host and pool.
    func reports() throws -> [Reported] {
        try connection.query(
            """
            SELECT pool_report.host, pool_report.pool, pool_report.report, host.reported_at, host.stopped_at
            FROM pool_report JOIN host ON host.name = pool_report.host ORDER BY pool_report.host, pool_report.pool
            """
        )
        .decoded(of: "pool_report", key: [0, 1]) { row in
            let text: String = try row(2)
            return Reported(
                report: try JSONDecoder().decode(PoolReport.self, from: Data(text.utf8)),
                host: try row(0),
                reportedAt: try row(3),
                stoppedAt: try row(4)
            )
        }
        .readable
    }

    /// The names of the pools in each host's last report.
    func poolNames() throws -> [String: [String]] {
        try connection.query("SELECT host, pool FROM pool_report ORDER BY host, pool")
            .reduce(into: [:]) { $0[try $1(0, as: String.self), default: []].append(try $1(1)) }
    }

    /// All hosts, by name.
    func all() throws -> [Row] {
        try connection.query(
            """
            SELECT name, worker, started_at, reported_at, stopped_at, drained_at, drained_by, drain_reason, version,
                refusals
            FROM host ORDER BY name
            """
        )
        .map { row in
            let refusals: String? = try row(9)
            let drainedAt: Date? = try row(5)
            let (user, reason): (String?, String?) = (try row(6), try row(7))
            return Row(
                name: try row(0),
                worker: try row(1),
                startedAt: try row(2),
                reportedAt: try row(3),
                stoppedAt: try row(4),
                draining: try drainedAt.map {
                    PoolDisabling(
                        since: $0,
                        user: user ?? "",
                        reason: reason ?? "",
                        isDraining: true,
                        host: try row(0)
                    )
                },
                version: try row(8),
                // A newer program may write them in another way.
                refusals: refusals.flatMap { try? JSONDecoder().decode([FlowRefusal].self, from: Data($0.utf8)) } ?? []
            )
        }
    }

    /// The drained hosts by their names.
    func drained() throws -> Fetched<[String: PoolDisabling]> {
        try connection.fetch("SELECT name, drained_at, drained_by, drain_reason FROM host WHERE drained_at IS NOT NULL")
            .map { rows in
                try rows.reduce(into: [:]) { hosts, row in
                    hosts[try row(0)] = PoolDisabling(
                        since: try row(1),
                        user: try row(2),
                        reason: try row(3),
                        isDraining: true,
                        host: try row(0)
                    )
                }
            }
    }

    /// Drains a host. One that is drained keeps its time.
    ///
    /// - Returns: whether there is such a host.
    func drain(_ host: String, by user: String, reason: String) throws -> Bool {
        try connection.execute(
            """
            UPDATE host SET drained_at = COALESCE(drained_at, ?), drained_by = ?, drain_reason = ? WHERE name = ?
            """,
            try connection.time(),
            user,
            reason,
            host
        ) == 1
    }

    /// Ends the drain of a host.
    ///
    /// - Returns: whether it was drained.
    func enable(_ host: String) throws -> Bool {
        try connection.execute(
            """
            UPDATE host SET drained_at = NULL, drained_by = NULL, drain_reason = NULL
            WHERE name = ? AND drained_at IS NOT NULL
            """,
            host
        ) == 1
    }
}
