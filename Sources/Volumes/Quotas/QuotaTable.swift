internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Every statement about quotas and reservations, and nothing else.
///
/// A reservation belongs to a flow, which commits it or cancels it. Usage is changed only in the transaction that
/// changes the counted rows, so that it equals ``counted(reservedBy:)`` and `VolumeTable.amount(project:)` after every
/// commit.
struct QuotaTable {
    let connection: any SQLConnection

    /// A limit of a project's own.
    enum OwnLimit: Hashable {
        case amount(Int64)
        case unlimited
    }

    /// A project's usage of a resource.
    struct Use {
        var inUse: Int64 = 0
        var reserved: Int64 = 0
        /// The project's own limit; `nil` where the configured limit applies.
        var limit: OwnLimit?
    }

    static let schemas = [
        Schema(
            name: "quota",
            steps: [
                """
                CREATE TABLE quota_usage (
                    project TEXT PRIMARY KEY,
                    volumes_in_use INTEGER NOT NULL DEFAULT 0 CHECK (volumes_in_use >= 0),
                    bytes_in_use INTEGER NOT NULL DEFAULT 0 CHECK (bytes_in_use >= 0),
                    volumes_reserved INTEGER NOT NULL DEFAULT 0 CHECK (volumes_reserved >= 0),
                    bytes_reserved INTEGER NOT NULL DEFAULT 0 CHECK (bytes_reserved >= 0)
                ) STRICT;
                """
            ]
        ),
        Schema(
            name: "reservation",
            steps: [
                // The column is_reserved said whether a volume's quota was reserved. Only the flow that creates the
                // volume can still cancel the reservation; if that flow was given up, the volume's quota counts as
                // used.
                """
                CREATE TABLE quota (
                    project TEXT NOT NULL,
                    resource TEXT NOT NULL,
                    in_use INTEGER NOT NULL DEFAULT 0 CHECK (in_use >= 0),
                    reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
                    hard_limit INTEGER CHECK (hard_limit >= -1),
                    PRIMARY KEY (project, resource)
                ) STRICT;
                CREATE TABLE reservation (
                    flow TEXT NOT NULL,
                    project TEXT NOT NULL,
                    resource TEXT NOT NULL,
                    delta INTEGER NOT NULL,
                    PRIMARY KEY (flow, project, resource)
                ) STRICT;
                UPDATE volume SET is_reserved = 2
                    WHERE is_reserved = 1 AND status IN ('creating', 'error') AND NOT EXISTS (
                        SELECT 1 FROM flow WHERE flow.id = volume.flow AND resolved_at IS NOT NULL
                    );
                INSERT INTO reservation SELECT flow, project, 'volumes', 1 FROM volume WHERE is_reserved = 2;
                INSERT INTO reservation SELECT flow, project, 'gigabytes', size FROM volume WHERE is_reserved = 2;
                INSERT INTO quota (project, resource, in_use, reserved)
                    SELECT project, 'volumes', volumes_in_use + settled, volumes_reserved - settled FROM (
                        SELECT *, (
                            SELECT COUNT(*) FROM volume WHERE is_reserved = 1 AND volume.project = quota_usage.project
                        ) AS settled FROM quota_usage
                    )
                    UNION ALL
                    SELECT project, 'gigabytes', bytes_in_use + settled, bytes_reserved - settled FROM (
                        SELECT *, (
                            SELECT COALESCE(SUM(size), 0) FROM volume
                            WHERE is_reserved = 1 AND volume.project = quota_usage.project
                        ) AS settled FROM quota_usage
                    );
                DROP TABLE quota_usage;
                ALTER TABLE volume DROP COLUMN is_reserved;
                """
            ]
        ),
    ]

    /// The project's usage by resource.
    func uses(of project: String) throws -> [QuotaResource: Use] {
        let rows = try connection.query(
            "SELECT project, resource, in_use, reserved, hard_limit FROM quota WHERE project = ?",
            project
        )
        return try rows.reduce(into: [:]) { uses, row in
            let (resource, use) = try row.decoded(of: "quota", by: Self.use)
            uses[resource] = use
        }
    }

    private static func use(_ row: SQLRow) throws -> (QuotaResource, Use) {
        let (inUse, reserved, limit): (Int64, Int64, Int64?) = (try row(2), try row(3), try row(4))
        guard inUse >= 0 else { throw row.mistake(in: 2, "is no amount") }
        guard reserved >= 0 else { throw row.mistake(in: 3, "is no amount") }
        let use = Use(inUse: inUse, reserved: reserved, limit: limit.map { $0 < 0 ? .unlimited : .amount($0) })
        return (QuotaResource(name: try row(1)), use)
    }

    /// Refuses amounts that would exceed the project's limits.
    ///
    /// Reservations count like usage, and a limit may be met exactly (`cinder: quota reserve`).
    ///
    /// - Parameters:
    ///   - ceilings: amounts that are not added up and have a limit each (`cinder: limit check`).
    ///   - defaults: the limits of a project without limits of its own.
    /// - Throws: ``QuotaExceeded``.
    func check(
        _ amounts: QuotaAmounts,
        ceilings: QuotaAmounts,
        of project: String,
        within defaults: QuotaLimits
    ) throws {
        let uses = try uses(of: project)
        func check(_ resource: QuotaResource, _ asked: Int64, beside use: Use?) throws(QuotaExceeded) {
            guard let limit = Self.limit(resource, uses[resource], defaults) else { return }
            let total = Int128(asked) + Int128(use?.inUse ?? 0) + Int128(use?.reserved ?? 0)
            guard total > limit else { return }
            throw QuotaExceeded(
                resource: resource,
                project: project,
                promised: use.map { ($0.inUse, $0.reserved) },
                asked: asked,
                limit: limit
            )
        }
        for (resource, amount) in ceilings.inOrder { try check(resource, amount, beside: nil) }
        for (resource, amount) in amounts.inOrder { try check(resource, amount, beside: uses[resource] ?? Use()) }
    }

    /// Reserves amounts for a flow, which has to commit or cancel them.
    func reserve(_ amounts: QuotaAmounts, for flow: FlowID, of project: String) throws {
        for (resource, amount) in amounts.inOrder { try reserve(amount, of: resource, for: flow, of: project) }
    }

    private func reserve(_ delta: Int64, of resource: QuotaResource, for flow: FlowID, of project: String) throws {
        try connection.execute(
            "INSERT INTO reservation (flow, project, resource, delta) VALUES (?, ?, ?, ?)",
            flow,
            project,
            resource.name,
            delta
        )
        try connection.execute(
            """
            INSERT INTO quota (project, resource, reserved) VALUES (?, ?, ?)
            ON CONFLICT (project, resource) DO UPDATE SET reserved = quota.reserved + excluded.reserved
            """,
            project,
            resource.name,
            delta
        )
    }

    /// Cancels a flow's reservations.
    ///
    /// - Parameter resource: the only resource to cancel; `nil` for all.
    /// - Returns: whether the flow had reserved anything.
    @discardableResult
    func cancel(_ flow: FlowID, only resource: QuotaResource? = nil) throws -> Bool {
        try end(flow, only: resource, commits: false)
    }

    /// Turns a flow's reservations into usage.
    func commit(_ flow: FlowID) throws { _ = try end(flow, commits: true) }

    private func end(_ flow: FlowID, only resource: QuotaResource? = nil, commits: Bool) throws -> Bool {
        let rows = try connection.query(
            "DELETE FROM reservation WHERE flow = ? AND resource = COALESCE(?, resource) RETURNING project, resource, delta",
            flow,
            resource?.name
        )
        for row in rows {
            let (project, resource, delta): (String, String, Int64) = (try row(0), try row(1), try row(2))
            try connection.execute(
                "UPDATE quota SET reserved = reserved - ?, in_use = in_use + ? WHERE project = ? AND resource = ?",
                delta,
                commits ? delta : 0,
                project,
                resource
            )
        }
        return !rows.isEmpty
    }

    /// Subtracts amounts from the usage.
    func release(_ amounts: QuotaAmounts, of project: String) throws {
        for (resource, amount) in amounts.inOrder {
            try connection.execute(
                "UPDATE quota SET in_use = in_use - ? WHERE project = ? AND resource = ?",
                amount,
                project,
                resource.name
            )
        }
    }

    /// The project's usage of volumes, of snapshots and of their total size.
    func usage(of project: String) throws -> QuotaUsage {
        let uses = try uses(of: project)
        func amount(_ part: KeyPath<Use, Int64>) -> QuotaAmount {
            QuotaAmount(
                volumes: Int(uses[.volumes]?[keyPath: part] ?? 0),
                size: ByteCount(bytes: uses[.gigabytes]?[keyPath: part] ?? 0) ?? .zero,
                snapshots: Int(uses[.snapshots]?[keyPath: part] ?? 0)
            )
        }
        return QuotaUsage(inUse: amount(\.inUse), reserved: amount(\.reserved))
    }

    /// The volumes, snapshots and sizes that are reserved, summed over the reservations.
    func counted(reservedBy project: String) throws -> QuotaAmount {
        let rows = try connection.query(
            "SELECT project, resource, SUM(delta) FROM reservation WHERE project = ? GROUP BY project, resource",
            project
        )
        return try rows.reduce(into: QuotaAmount()) { amount, row in
            switch QuotaResource(name: try row(1)) {
            case .volumes: amount.volumes = try row(2)
            case .gigabytes: amount.size = ByteCount(bytes: try row(2)) ?? .zero
            case .snapshots: amount.snapshots = try row(2)
            default: break
            }
        }
    }

    /// The amount that is reserved, summed over the reservations.
    func counted(_ resource: QuotaResource, reservedBy project: String) throws -> Int64 {
        let rows = try connection.query(
            "SELECT COALESCE(SUM(delta), 0) FROM reservation WHERE project = ? AND resource = ?",
            project,
            resource.name
        )
        return try rows.first?(0) ?? 0
    }

    /// Sets a limit of the project's own; `nil` restores the configured limit.
    func setLimit(_ limit: OwnLimit?, of resource: QuotaResource, for project: String) throws {
        let number: Int64? =
            switch limit {
            case .amount(let amount): amount
            case .unlimited: -1
            case nil: nil
            }
        try connection.execute(
            """
            INSERT INTO quota (project, resource, hard_limit) VALUES (?, ?, ?)
            ON CONFLICT (project, resource) DO UPDATE SET hard_limit = excluded.hard_limit
            """,
            project,
            resource.name,
            number
        )
    }

    /// The limits that apply to a project, given the `defaults` for projects without limits of their own.
    func limits(of project: String, beside defaults: QuotaLimits) throws -> QuotaLimits {
        var limits = defaults
        for (resource, use) in try uses(of: project) where use.limit != nil {
            limits[resource] = Self.limit(resource, use, defaults)
        }
        return limits
    }

    private static func limit(_ resource: QuotaResource, _ use: Use?, _ defaults: QuotaLimits) -> Int64? {
        switch use?.limit {
        case .amount(let amount): amount
        case .unlimited: nil
        case nil: defaults[resource]
        }
    }
}
