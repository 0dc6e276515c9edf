internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Chooses a pool, computes the volume's size there, and reserves quota and capacity for it.
struct ScheduleVolume: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var project: String
        @Field var name: VolumeName?
        @Field var size: ByteCount?
        @Field var freePercent: Int?
        @Field var pool: String?
        @Field var type: String?
        @Field var extraSpecs: ExtraSpecs?
        @Field var reports: [PoolReport]
        @Field var tried: [PoolAttempt]
        @Field var sourceVolume: VolumeID?
        @Field var placement: PlacementWish?
        @Field var sourceImage: SourceImage?
    }
    struct Output: Fields {
        @Field var chosenPool: String
        /// The size that the volume gets in the chosen pool.
        @Field var actualSize: ByteCount
        /// The verdicts on the pools, at most ``ScheduleVolume/mostVerdicts``.
        @Field var verdicts: [PoolVerdict]
    }
    static let name = "schedule"
    /// How many verdicts are kept with a volume that is created.
    static let mostVerdicts = 100
    let limits: QuotaLimits
    let scheduler: Scheduler

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Output {
        let (output, records) = try claim(input, in: transaction)
        try update(records, input.reports, chosen: output.chosenPool, in: transaction)
        let requested = try RequestedSize(input.size, percent: input.freePercent, of: input.volume)
        try reserve(output.actualSize, instead: requested, input, in: transaction)
        let status: VolumeStatus = input.sourceImage == nil ? .creating : .downloading
        try VolumeTable(connection: transaction.connection)
            .place(input.volume, in: output.chosenPool, size: output.actualSize, as: status)
        return output
    }

    /// What is recorded of pools.
    private struct Records {
        let provisioned: [String: ProvisionedCapacity]
        /// `nil` if no pool has a mark.
        let known: KnownPools?

        /// Whether there is nothing new in the reports.
        func hold(_ reports: [PoolReport]) -> Bool {
            reports.allSatisfy { report in
                !report.isMoved(since: provisioned[report.name])
                    && (report.mark == nil || known?.mark(of: report.name) != nil)
            }
        }
    }

    private func fetchRecords(of reports: [PoolReport], in connection: any SQLConnection) throws -> Fetched<Records> {
        let provisioned = try ProvisionedTable(connection: connection).fetchAll()
        let isMarked = reports.contains { $0.mark != nil }
        let known = isMarked ? try PoolTable(connection: connection).fetchKnown() : nil
        return Fetched { try Records(provisioned: provisioned.value(), known: known?.value()) }
    }

    /// Chooses a pool and locks the room in it.
    ///
    /// The pool is chosen without its lock, so that requests for other pools can be judged at the same time, and judged again
    /// under the lock. If it is full by then, or if the records of pools have to change, all of them are locked first.
    ///
    /// - Returns: the choice, and the records, which nobody else changes if they have to be.
    private func claim(_ input: Input, in transaction: SQLTransaction) throws -> (Output, Records) {
        let connection = transaction.connection
        let spaces = input.reports.map { SQLKey.space(of: $0) }
        let isOnly = input.reports.count == 1
        if isOnly { try connection.lock(spaces) }
        let look = try fetchRecords(of: input.reports, in: connection)
        let disabled = try DisabledPools(in: connection)
        let seen = try look.value()
        func choose(_ records: Records, among pool: String? = nil, keeping most: Int? = nil) throws -> Output {
            let most = most ?? Self.mostVerdicts
            return try self.choose(input, records.provisioned, disabled, among: pool, keeping: most, in: connection)
        }
        func lookAgain() throws -> Records {
            connection.writesAlone ? seen : try fetchRecords(of: input.reports, in: connection).value()
        }
        guard seen.hold(input.reports) else {
            try connection.lock(spaces + [.marks])
            let now = try lookAgain()
            return (try choose(now), now)
        }
        let first = try choose(seen)
        guard !isOnly, let report = input.reports.first(where: { $0.name == first.chosenPool }) else {
            return (first, seen)
        }
        if connection.writesAlone {
            try connection.lock([.space(of: report)])
            return (first, seen)
        }
        do {
            return try transaction.attempt {
                try connection.lock([.space(of: report)])
                let again = try choose(lookAgain(), among: report.name, keeping: 1)
                return (
                    Output(chosenPool: report.name, actualSize: again.actualSize, verdicts: first.verdicts), seen
                )
            }
        } catch let error as VolumeError where error.code == .noValidPool {
            // Others have taken the room meanwhile. The rollback has given up the lock, so that all can be locked in order.
            try connection.lock(spaces)
            return (try choose(lookAgain()), seen)
        }
    }

    /// Records the marks of newly marked pools, which identify these pools from now on, and where the space of pools comes from.
    private func update(
        _ records: Records,
        _ reports: [PoolReport],
        chosen: String,
        in transaction: SQLTransaction
    ) throws {
        let capacity = ProvisionedTable(connection: transaction.connection)
        for report in reports where report.isMoved(since: records.provisioned[report.name]) {
            try capacity.note(report.capacity?.backing, of: report.name)
        }
        guard var known = records.known else { return }
        let pools = PoolTable(connection: transaction.connection)
        for report in reports {
            guard let mark = report.mark else { continue }
            let isKnown = try pools.register(report.name, as: mark, kind: report.kind, at: Date(), among: &known)
            guard isKnown || report.name != chosen else { throw DriverError.claimedMeanwhile(chosen) }
        }
    }

    /// Chooses a pool, without changing anything.
    ///
    /// - Parameters:
    ///   - pool: the only pool that may be chosen; `nil` for that of the request, or any.
    ///   - most: how many verdicts to return.
    /// - Throws: `noValidPool` with the verdict on each pool.
    func choose(
        _ input: Input,
        _ provisioned: [String: ProvisionedCapacity],
        _ disabled: DisabledPools,
        among pool: String? = nil,
        keeping most: Int = .max,
        in connection: any SQLConnection
    ) throws -> Output {
        let requested = try RequestedSize(input.size, percent: input.freePercent, of: input.volume)
        let wish = input.placement ?? PlacementWish()
        let extraSpecs = input.extraSpecs ?? ExtraSpecs(values: [:])
        var request = Scheduler.Request(
            size: requested,
            pool: pool ?? input.pool,
            extraSpecs: extraSpecs,
            tried: input.tried
        )
        request.disabled = disabled
        request.imageFormat = input.sourceImage?.image.format
        request.zones = wish.zone.map { [$0] } ?? extraSpecs.zones
        request.affinity = AffinityFilter(
            near: wish.near,
            apartFrom: wish.apartFrom,
            pools: try VolumeTable(connection: connection).pools(of: wish.near + wish.apartFrom)
        )
        request.query = try wish.query.map(PoolQuery.init(parsing:))
        request.volume = ExpressionProperties.Volume(
            name: input.name?.description,
            project: input.project,
            type: input.type,
            zone: wish.zone,
            size: requested.size?.gibibytes
        )
        let ranking = scheduler.rank(input.reports, provisioned: provisioned, for: request)
        guard let chosen = ranking.chosen else {
            throw VolumeError.noPool(for: requested, input, ranking.verdicts(), disabled: request.disabled)
        }
        return Output(
            chosenPool: chosen.report.name,
            actualSize: chosen.size,
            verdicts: ranking.verdicts(atMost: most)
        )
    }

    /// Restores the reservation of the requested size.
    func revert(_ input: Input, output: Output, in transaction: SQLTransaction) throws {
        let connection = transaction.connection
        let chosen = input.reports.first { $0.name == output.chosenPool }
        if chosen.map({ !connection.heldKeys.contains(.space(of: $0)) }) ?? true {
            // All at once, and before any record: the next attempt may choose any of them in the same transaction.
            try connection.lock(input.reports.map { .space(of: $0) } + [.marks])
        }
        let reserved = try RequestedSize(input.size, percent: input.freePercent, of: input.volume).reservation
        try VolumeTable(connection: connection)
            .displace(input.volume, from: output.chosenPool, size: output.actualSize, to: reserved)
        let quota = QuotaTable(connection: connection)
        try quota.cancel(TaskContext.required.flow, only: .gigabytes)
        let amounts = [QuotaResource.gigabytes: reserved.bytes].counting(for: input.type)
        try quota.reserve(amounts, for: TaskContext.required.flow, of: input.project)
    }

    /// Replaces the reserved size by the size that the pool gives.
    private func reserve(
        _ size: ByteCount,
        instead requested: RequestedSize,
        _ input: Input,
        in transaction: SQLTransaction
    ) throws {
        guard size != requested.reservation else { return }
        let (quota, flow) = (QuotaTable(connection: transaction.connection), TaskContext.required.flow)
        try quota.cancel(flow, only: .gigabytes)
        let amounts = [QuotaResource.gigabytes: size.bytes].counting(for: input.type)
        do {
            try quota.check(
                amounts,
                ceilings: [.perVolumeGigabytes: size.bytes],
                of: input.project,
                within: limits
            )
        } catch let error as QuotaExceeded {
            throw VolumeError.overQuota(
                error,
                creating: input.name,
                input.volume,
                .exactly(size),
                pool: input.pool,
                isCopy: input.sourceVolume != nil || input.sourceImage != nil
            )
        }
        try quota.reserve(amounts, for: flow, of: input.project)
    }
}

extension PoolReport {
    /// Whether the pool's space comes from somewhere else than recorded.
    fileprivate func isMoved(since record: ProvisionedCapacity?) -> Bool {
        capacity?.backing.map { $0 != record?.backing } ?? false
    }
}

extension RequestedSize {
    /// The size in a stored request.
    ///
    /// - Throws: `invalidInput` when it is missing or zero.
    init(_ size: ByteCount?, percent: Int?, of volume: VolumeID) throws(VolumeError) {
        guard let requested = RequestedSize(size: size, percent: percent), size != .zero else {
            throw VolumeError(
                .invalidInput,
                "cannot create volume \"\(volume)\": its size is not between 1 and 2^63 - 1 bytes",
                remedies: [.exampleVolume(name: nil)]
            )
        }
        self = requested
    }
}

extension VolumeError {
    /// The beginning of a message: what failed.
    static func cannotCreate(_ label: String, _ size: RequestedSize) -> String {
        "cannot create volume \"\(label)\" (\(size))"
    }

    fileprivate static func noPool(
        for requested: RequestedSize,
        _ input: ScheduleVolume.Input,
        _ verdicts: [PoolVerdict],
        disabled: DisabledPools
    ) -> VolumeError {
        // Suggest another size only if the size is the obstacle.
        let isTooLarge = verdicts.filter { ["CapacityFilter", "LimitFilter"].contains($0.filter) }
        let fitting =
            requested.size == nil || input.sourceVolume != nil || input.sourceImage != nil || input.placement != nil
            ? nil : isTooLarge.compactMap(\.room?.largest).max()?.wholeUnits
        let candidates = input.reports.filter { input.pool == nil || input.pool == $0.name }
        var remedies: [Remedy] = fitting.map { [.createVolume(size: $0, name: input.name, pool: input.pool)] } ?? []
        if let remedy = candidates.lazy.compactMap({ disabled[$0.name]?.remedy(for: $0.name) }).first {
            remedies.append(remedy)
        }
        remedies += (input.tried.flatMap { Remedy.list($0.error) } + candidates.flatMap(\.remedies)).prefix(1)
        return VolumeError(
            .noValidPool,
            cannotCreate(input.name?.description ?? input.volume.description, requested) + ": no pool can take it",
            cause: verdicts.isEmpty ? "no pool is configured" : nil,
            remedies: remedies + [.listPools],
            verdicts: verdicts
        )
    }
}

extension ByteCount {
    /// The size rounded down to whole GiB, or to whole MiB below 1 GiB; `nil` below 1 MiB.
    var wholeUnits: ByteCount? {
        let unit = bytes >= Self.bytesPerGibibyte ? Self.bytesPerGibibyte : 1 << 20
        return bytes >= unit ? ByteCount(bytes: bytes - bytes % unit) : nil
    }
}
