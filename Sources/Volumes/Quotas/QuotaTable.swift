internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Every statement about quotas and reservations, and nothing else.
///
/// A reservation belongs to a flow, which commits it or cancels it. Usage is changed only in the transaction that
/// changes the counted rows, so that it equals ``reservations(of:)``, `VolumeTable.amounts(project:)`,
/// `SnapshotTable.amounts(project:)` and `GroupTable.amounts(project:)` after every commit.
struct QuotaTable {
    let connection: any SQLConnection

    /// A limit of a project's own.
    enum OwnLimit: Hashable {
        case amount(Int64)
        case unlimited
    }

    /// A project's record of a resource.
    struct Use {
        var recorded = ResourceQuota.Use()
        /// The project's own limit; `nil` where the configured limit applies.
        var limit: OwnLimit?
    }

    /// The project's records of all resources.
    func uses(of project: String) throws -> [QuotaResource: Use] {
        try Self.uses(connection.query("\(Self.selection) WHERE project = ?", project))
    }

    /// The project's records of some resources, at a cost that does not depend on the others.
    private func uses(of project: String, only resources: [QuotaResource]) throws -> [QuotaResource: Use] {
        // One by one: for a list of values, SQLite makes a temporary table.
        let records = try resources.map {
            try connection.fetch("\(Self.selection) WHERE project = ? AND resource = ?", project, $0.name)
        }
        return try Self.uses(records.flatMap { try $0.value() })
    }

    private static let selection = "SELECT project, resource, in_use, reserved, hard_limit FROM quota"

    private static func uses(_ rows: [SQLRow]) throws -> [QuotaResource: Use] {
        try rows.reduce(into: [:]) { uses, row in
            let (resource, use) = try row.decoded(of: "quota", by: Self.use)
            uses[resource] = use
        }
    }

    private static func use(_ row: SQLRow) throws -> (QuotaResource, Use) {
        let (inUse, reserved, limit): (Int64, Int64, Int64?) = (try row(2), try row(3), try row(4))
        guard inUse >= 0 else { throw row.mistake(in: 2, "is no amount") }
        guard reserved >= 0 else { throw row.mistake(in: 3, "is no amount") }
        let use = Use(
            recorded: ResourceQuota.Use(inUse: inUse, reserved: reserved),
            limit: limit.map { $0 < 0 ? .unlimited : .amount($0) }
        )
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
        let uses = try uses(of: project, only: Array(ceilings.keys) + amounts.keys)
        func excess(_ resource: QuotaResource, _ asked: Int64, beside use: ResourceQuota.Use?) -> QuotaExceeded.Excess?
        {
            guard let limit = Self.limit(resource, uses[resource], defaults) else { return nil }
            let total = Int128(asked) + Int128(use?.inUse ?? 0) + Int128(use?.reserved ?? 0)
            guard total > limit else { return nil }
            return QuotaExceeded.Excess(
                resource: resource,
                promised: use.map { ($0.inUse, $0.reserved) },
                asked: asked,
                limit: limit
            )
        }
        let excesses =
            ceilings.inOrder.compactMap { excess($0.resource, $0.amount, beside: nil) }
            + amounts.inOrder.compactMap {
                excess($0.resource, $0.amount, beside: uses[$0.resource]?.recorded ?? ResourceQuota.Use())
            }
        if let error = QuotaExceeded(project: project, excesses) { throw error }
    }

    /// The usage of a project in the quotas that these amounts need, and the limits.
    func plan(_ amounts: QuotaAmounts, of project: String, within defaults: QuotaLimits) throws -> [VolumePlan.Quota] {
        let uses = try uses(of: project, only: Array(amounts.keys))
        return amounts.inOrder.map { resource, amount in
            let use = uses[resource]?.recorded ?? ResourceQuota.Use()
            return VolumePlan.Quota(
                resource: resource.name,
                used: Int64(clamping: Int128(use.inUse) + Int128(use.reserved)),
                asked: amount,
                limit: Self.limit(resource, uses[resource], defaults),
                isSize: resource.isSize
            )
        }
    }

    /// Reserves amounts for a flow, which has to commit or cancel them.
    func reserve(_ amounts: QuotaAmounts, for flow: FlowID, of project: String) throws {
        try connection.require(.project(project))
        for (resource, amount) in amounts.inOrder { try reserve(amount, of: resource, for: flow, of: project) }
    }

    private func reserve(_ delta: Int64, of resource: QuotaResource, for flow: FlowID, of project: String) throws {
        try connection.write(
            "INSERT INTO reservation (flow, project, resource, delta) VALUES (?, ?, ?, ?)",
            flow,
            project,
            resource.name,
            delta
        )
        try connection.write(
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
    /// - Parameter resource: the only resource to cancel, for all volumes and for those of a type; `nil` for all resources.
    /// - Returns: whether the flow had reserved anything.
    @discardableResult
    func cancel(_ flow: FlowID, only resource: QuotaResource? = nil) throws -> Bool {
        try end(reserved(by: flow), of: flow, only: resource, commits: false)
    }

    /// Turns a flow's reservations into usage.
    func commit(_ flow: FlowID) throws { try commit(reserved(by: flow), of: flow) }

    /// Turns a flow's reservations into usage.
    func commit(_ reserved: Fetched<[SQLRow]>, of flow: FlowID) throws {
        _ = try end(reserved, of: flow, commits: true)
    }

    /// Asks for a flow's reservations, for ``commit(_:of:)``.
    func reserved(by flow: FlowID) throws -> Fetched<[SQLRow]> {
        try connection.fetch("SELECT project, resource, delta FROM reservation WHERE flow = ?", flow)
    }

    private func end(
        _ reserved: Fetched<[SQLRow]>,
        of flow: FlowID,
        only resource: QuotaResource? = nil,
        commits: Bool
    ) throws -> Bool {
        // Not by `RETURNING` and `LIKE`: SQLite makes a temporary table for the one, and prepares the other at each use.
        let rows = try reserved.value()
            .map { row in (try row(0, as: String.self), QuotaResource(name: try row(1)), try row(2, as: Int64.self)) }
            .filter { resource == nil || $0.1.base == resource }
        for (project, resource, delta) in rows {
            try connection.require(.project(project))
            try connection.write(
                "DELETE FROM reservation WHERE flow = ? AND project = ? AND resource = ?",
                flow,
                project,
                resource.name
            )
            try connection.write(
                "UPDATE quota SET reserved = reserved - ?, in_use = in_use + ? WHERE project = ? AND resource = ?",
                delta,
                commits ? delta : 0,
                project,
                resource.name
            )
        }
        return !rows.isEmpty
    }

    /// Subtracts amounts from the usage.
    func release(_ amounts: QuotaAmounts, of project: String) throws {
        try connection.require(.project(project))
        for (resource, amount) in amounts.inOrder {
            try connection.write(
                "UPDATE quota SET in_use = in_use - ? WHERE project = ? AND resource = ?",
                amount,
                project,
                resource.name
            )
        }
    }

    /// A part of a project's reservations.
    struct Reservation {
        let flow: FlowID
        /// Whether the flow can still commit or cancel it.
        let isLive: Bool
        let resource: QuotaResource
        let amount: Int64
    }

    /// The project's reservations.
    func reservations(of project: String) throws -> [Reservation] {
        try connection.query(
            """
            SELECT flow, resource, delta, (
                SELECT COUNT(*) FROM flow WHERE flow.id = reservation.flow
                    AND state <> 'SUCCESS' AND state <> 'REVERTED' AND (state <> 'FAILURE' OR resolved_at IS NULL)
            ) FROM reservation WHERE project = ? ORDER BY flow, resource
            """,
            project
        )
        .map { row in
            Reservation(
                flow: try row(0),
                isLive: try row(3, as: Int.self) > 0,
                resource: QuotaResource(name: try row(1)),
                amount: try row(2)
            )
        }
    }

    /// The projects that have volumes, snapshots, groups, limits or reservations, by their names.
    func projects() throws -> [String] {
        try connection.query(
            """
            SELECT project FROM volume UNION SELECT project FROM snapshot UNION SELECT project FROM quota
            UNION SELECT project FROM volume_group UNION SELECT project FROM reservation ORDER BY project
            """
        )
        .map { try $0(0) }
    }

    /// The projects that use something or have limits of their own, and these `others`, by their names.
    func summaries(and others: [String]) throws -> [Project] {
        let rows = try connection.query("\(Self.selection) ORDER BY project")
        let uses = try rows.map {
            (try $0(0, as: String.self), try $0.decoded(of: "quota", key: [0, 1], by: Self.use))
        }
        let byProject = Dictionary(grouping: uses, by: \.0)
            .merging(others.map { ($0, []) }, uniquingKeysWith: { recorded, _ in recorded })
        return byProject.sorted { $0.key < $1.key }
            .compactMap { project, uses in
                let records = Dictionary(uses.map(\.1)) { first, _ in first }
                func total(_ resource: QuotaResource) -> Int64 {
                    let use = records[resource]?.recorded ?? ResourceQuota.Use()
                    return Int64(clamping: Int128(use.inUse) + Int128(use.reserved))
                }
                let amount = QuotaAmount(
                    volumes: Int(clamping: total(.volumes)),
                    size: ByteCount(bytes: total(.gigabytes)) ?? .zero,
                    snapshots: Int(clamping: total(.snapshots))
                )
                let hasOwnLimits = records.values.contains { $0.limit != nil }
                let isUsed = records.values.contains { $0.recorded != ResourceQuota.Use() }
                guard isUsed || hasOwnLimits || others.contains(project) else { return nil }
                let groups = Int(clamping: total(.groups))
                return Project(name: project, amount: amount, groups: groups, hasOwnLimits: hasOwnLimits)
            }
    }

    /// Records what is counted, and removes the reservations that nothing would end.
    func correct(_ status: QuotaStatus) throws {
        for flow in status.staleReservations {
            try connection.write("DELETE FROM reservation WHERE flow = ? AND project = ?", flow, status.project)
        }
        for difference in status.differences {
            try connection.write(
                """
                INSERT INTO quota (project, resource, in_use, reserved) VALUES (?, ?, ?, ?)
                ON CONFLICT (project, resource) DO UPDATE SET in_use = excluded.in_use, reserved = excluded.reserved
                """,
                status.project,
                difference.resource.name,
                difference.counted.inUse,
                difference.counted.reserved
            )
        }
    }

    /// Removes the records of a volume type that is removed.
    func forget(type: String) throws {
        for resource in QuotaResource.ofEachType {
            try connection.write("DELETE FROM quota WHERE resource = ?", resource.of(type: type).name)
        }
    }

    /// Sets a limit of the project's own; `nil` restores the configured limit.
    func setLimit(_ limit: OwnLimit?, of resource: QuotaResource, for project: String) throws {
        let number: Int64? =
            switch limit {
            case .amount(let amount): amount
            case .unlimited: -1
            case nil: nil
            }
        try connection.write(
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

    /// The limit that applies; `nil` means unlimited.
    static func limit(_ resource: QuotaResource, _ use: Use?, _ defaults: QuotaLimits) -> Int64? {
        switch use?.limit {
        case .amount(let amount): amount
        case .unlimited: nil
        case nil: defaults[resource]
        }
    }
}
