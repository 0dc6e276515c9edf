internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Returns what ``create(_:control:)`` would do now, without changing or reserving anything.
    ///
    /// - Throws: the errors of ``create(_:control:)``, as far as they can be foreseen.
    public func plan(_ request: VolumeRequest) async throws(VolumeError) -> VolumePlan {
        try request.attributes.check(to: "create volume \"\(request.label)\"")
        let request = request.withResolvedImage
        let source = try await source(of: request)
        let wish = try await placementWish(of: request)
        var glance = RequestControl()
        glance.waits = false
        if let repeated = try await repeated(request, glance) { return VolumePlan(existing: repeated.volume) }
        if let existing = try await existing(request, source, wish, RequestControl()) {
            return VolumePlan(existing: existing.volume)
        }
        let wanted = try await flowRequest(request, source, wish)
        let operation = try catalog.create.operation
        try require(operation.rule, operation.headline(request.label))
        do {
            let reports = try await registry.candidates(wanted.pool, marking: false)
            return try await store.read { [registry, limits, catalog] connection in
                try Self.plan(wanted, reports, registry.scheduler, limits, catalog, in: connection)
            }
        } catch {
            throw VolumeError(translating: error).beforeAnything
        }
    }

    /// Does what the first steps of the flow do, except for their changes.
    private static func plan(
        _ request: CreateVolumeRequest,
        _ reports: [PoolReport],
        _ scheduler: Scheduler,
        _ limits: QuotaLimits,
        _ catalog: OperationCatalog,
        in connection: any SQLConnection
    ) throws -> VolumePlan {
        let quota = QuotaTable(connection: connection)
        try CreateVolumeQuota(request, size: request.size).check(quota, within: limits)
        let schedule = ScheduleVolume(limits: limits, scheduler: scheduler)
        let chosen = try schedule.choose(
            ScheduleVolume.Input(request, reports),
            try ProvisionedTable(connection: connection).all(),
            try DisabledPools(in: connection),
            in: connection
        )
        // The size in the chosen pool counts, as in the flow.
        let final = CreateVolumeQuota(request, size: chosen.actualSize)
        let amounts = try final.check(quota, within: limits)
        return VolumePlan(
            project: request.project,
            pool: chosen.chosenPool,
            size: chosen.actualSize,
            quotas: try quota.plan(amounts, of: request.project, within: limits),
            verdicts: chosen.verdicts,
            steps: try catalog.create.operation.recipe.steps
        )
    }
}

extension CreateVolumeQuota {
    fileprivate init(_ request: CreateVolumeRequest, size: ByteCount?) {
        self.init(
            volume: request.volume,
            project: request.project,
            name: request.name,
            size: size,
            freePercent: size == nil ? request.freePercent : nil,
            pool: request.pool,
            sourceVolume: request.sourceVolume,
            type: request.type
        )
    }
}

extension ScheduleVolume.Input {
    fileprivate init(_ request: CreateVolumeRequest, _ reports: [PoolReport]) {
        self.init(
            volume: request.volume,
            project: request.project,
            name: request.name,
            size: request.size,
            freePercent: request.freePercent,
            pool: request.pool,
            type: request.type,
            extraSpecs: request.extraSpecs,
            reports: reports,
            tried: [],
            sourceVolume: request.sourceVolume,
            placement: request.placement,
            sourceImage: request.sourceImage
        )
    }
}

/// The place at which a volume is to be created.
extension VolumeService {
    private static let hints = ["same_host", "different_host", "query"]

    /// Checks where the volume is to be created, and finds the volumes that the request names.
    ///
    /// - Throws: `notFound` for an unknown volume; `invalidInput` for an unknown or malformed hint.
    func placementWish(of request: VolumeRequest) async throws(VolumeError) -> PlacementWish? {
        guard let placement = request.placement, placement != PlacementRequest() else { return nil }
        func refuse(_ problem: String, _ cause: String? = nil) -> VolumeError {
            VolumeError(
                .invalidInput,
                "cannot create volume \"\(request.label)\": \(problem)",
                cause: cause,
                remedies: [.advice("correct the hint, or leave it out")]
            )
        }
        for (hint, _) in placement.hints.sorted(by: { $0.key < $1.key }) where !Self.hints.contains(hint) {
            throw refuse("hint \(hint.quoted) is unknown", "the hints are \(Self.hints.joined(separator: ", "))")
        }
        var wish = PlacementWish(zone: placement.zone)
        for (hint, references, list) in [
            ("same_host", placement.near, \PlacementWish.near),
            ("different_host", placement.apartFrom, \PlacementWish.apartFrom),
        ] {
            let named = placement.hints[hint].map { $0.split(separator: ",", omittingEmptySubsequences: false) } ?? []
            for reference in references + named.map(String.init) {
                wish[keyPath: list].append(try await volume(named: reference).id)
            }
        }
        if let query = placement.hints["query"] {
            do {
                _ = try PoolQuery(parsing: query)
            } catch {
                throw refuse("hint \"query\" can't be understood", "\(error)")
            }
            wish.query = query
        }
        return wish
    }

    /// Makes sure that there is a zone of this name, and that the volume's type allows it.
    ///
    /// - Parameter allowed: the zones of the type; empty for any.
    /// - Throws: `notFound`; `invalidInput`.
    func require(
        _ zone: String?,
        among allowed: [String],
        for request: VolumeRequest
    ) async throws(VolumeError) {
        guard let zone else { return }
        let others = try await otherPools().compactMap(\.placement?.zone)
        let zones = Set(pools.compactMap(\.placement.zone) + others).sorted()
        guard zones.contains(zone) else {
            throw VolumeError(
                .notFound,
                "cannot create volume \"\(request.label)\": there is no zone \(zone.quoted)",
                cause: zones.isEmpty
                    ? "no pool is configured with a zone"
                    : "the zones of the pools are \(zones.joined(separator: ", "))",
                remedies: [.listZones]
            )
        }
        guard allowed.isEmpty || allowed.contains(zone) else {
            throw VolumeError(
                .invalidInput,
                "cannot create volume \"\(request.label)\" in zone \(zone.quoted)",
                cause: "volumes of type \((request.type ?? "").quoted) are only in \(allowed.joined(separator: ", "))",
                remedies: [.listZones, request.type.map(Remedy.showType) ?? .listTypes]
            )
        }
    }

    /// Whether a volume is where it is wanted.
    func isPlaced(_ volume: Volume, as wish: PlacementWish?) async throws(VolumeError) -> Bool {
        guard let wish else { return true }
        if let zone = wish.zone, try await self.zone(of: volume.pool) != zone { return false }
        let pools = try await read { try VolumeTable(connection: $0).pools(of: wish.near + wish.apartFrom) }
        return (wish.near.isEmpty || wish.near.contains { pools[$0] == volume.pool })
            && !wish.apartFrom.contains { pools[$0] == volume.pool }
    }

    private func zone(of pool: String?) async throws(VolumeError) -> String? {
        if let pool = pools.first(where: { $0.name == pool }) { return pool.placement.zone }
        return try await otherPools().first { $0.name == pool }?.placement?.zone
    }
}
