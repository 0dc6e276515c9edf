internal import Identity
internal import SQL
internal import TaskFlow
internal import VolumeAPI

extension QuotaStatus {
    /// Reads a project's records, and counts its volumes, snapshots, groups and reservations beside them.
    ///
    /// - Parameter defaults: the limits of a project without limits of its own.
    init(of project: String, within defaults: QuotaLimits, in connection: any SQLConnection) throws {
        let quota = QuotaTable(connection: connection)
        let uses = try quota.uses(of: project)
        let reservations = try quota.reservations(of: project)
        var all = try VolumeTable(connection: connection).amounts(project: project)
        all.add(try SnapshotTable(connection: connection).amounts(project: project))
        all.add(try GroupTable(connection: connection).amounts(project: project))
        var reserved = QuotaAmounts()
        for reservation in reservations where reservation.isLive {
            reserved.add([reservation.resource: reservation.amount])
        }
        let isOfUse = uses.filter { $0.value.limit != nil || $0.value.recorded != ResourceQuota.Use() }
        let ofTypes = Set(isOfUse.keys).union(all.keys).union(reserved.keys).filter { $0.type != nil }
        let places = Dictionary(uniqueKeysWithValues: zip(QuotaResource.ofEachType, 0...))
        let inOrder = ofTypes.sorted {
            ($0.type ?? "", places[$0.base] ?? 0) < ($1.type ?? "", places[$1.base] ?? 0)
        }
        self.init(
            project: project,
            resources: (QuotaResource.general + inOrder)
                .map { resource in
                    let held = reserved[resource] ?? 0
                    return ResourceQuota(
                        resource: resource,
                        recorded: uses[resource]?.recorded ?? ResourceQuota.Use(),
                        counted: ResourceQuota.Use(inUse: max(0, (all[resource] ?? 0) - held), reserved: held),
                        limit: QuotaTable.limit(resource, uses[resource], defaults),
                        hasOwnLimit: uses[resource]?.limit != nil
                    )
                },
            limits: try quota.limits(of: project, beside: defaults),
            reservations: reservations.filter(\.isLive).map(\.flow).distinct,
            staleReservations: reservations.filter { !$0.isLive }.map(\.flow).distinct
        )
    }
}

extension [FlowID] {
    /// Each element once, where it is first.
    fileprivate var distinct: Self {
        var seen: Set<FlowID> = []
        return filter { seen.insert($0).inserted }
    }
}
