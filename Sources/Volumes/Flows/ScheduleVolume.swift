internal import FoundationEssentials
internal import Identity
internal import SQLStore
internal import TaskFlow
internal import VolumeDriver

/// Chooses the pool, and gives the volume the size that it gets there.
struct ScheduleVolume: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var project: String
        @Field var name: VolumeName?
        @Field var size: ByteCount?
        @Field var freePercent: Int?
        @Field var pool: String?
        @Field var reports: [PoolReport]
        @Field var tried: [PoolAttempt]
    }
    struct Output: Fields {
        @Field var chosenPool: String
        /// The size that the volume gets.
        @Field var actualSize: ByteCount
        @Field var verdicts: [PoolVerdict]
    }
    static let name = "schedule"
    let limits: QuotaLimits

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Output {
        let requested = try RequestedSize(input.size, percent: input.freePercent, of: input.volume)
        let capacity = ProvisionedTable(connection: transaction.connection)
        let provisioned = try capacity.all()
        let verdicts = Scheduler()
            .judge(
                input.reports,
                provisioned: provisioned,
                for: Scheduler.Request(size: requested, pool: input.pool, tried: input.tried)
            )
        guard let chosen = verdicts.first(where: { $0.decision == .chosen }), let size = chosen.size else {
            throw VolumeError.noPool(for: requested, input, verdicts)
        }
        for report in input.reports {
            guard let backing = report.capacity?.backing, backing != provisioned[report.name]?.backing else { continue }
            try capacity.note(backing, of: report.name)
        }
        try register(input.reports, chosen: chosen.pool, in: transaction)
        try reserve(size, instead: requested, input, in: transaction)
        try VolumeTable(connection: transaction.connection).place(input.volume, in: chosen.pool, size: size)
        return Output(chosenPool: chosen.pool, actualSize: size, verdicts: verdicts)
    }

    /// The quota of what was requested stays reserved.
    func revert(_ input: Input, output: Output, in transaction: SQLTransaction) throws {
        let reserved = input.size ?? .zero
        try VolumeTable(connection: transaction.connection)
            .displace(input.volume, from: output.chosenPool, size: output.actualSize, to: reserved)
        let quota = QuotaTable(connection: transaction.connection)
        try quota.cancel(TaskContext.required.flow, only: .gigabytes)
        try quota.reserve([.gigabytes: reserved.bytes], for: TaskContext.required.flow, of: input.project)
    }

    /// Reserves the size that the pool gives, in the place of the one that has been reserved.
    private func reserve(
        _ size: ByteCount,
        instead requested: RequestedSize,
        _ input: Input,
        in transaction: SQLTransaction
    ) throws {
        guard size != requested.reservation else { return }
        let (quota, flow) = (QuotaTable(connection: transaction.connection), TaskContext.required.flow)
        try quota.cancel(flow, only: .gigabytes)
        let amounts: QuotaAmounts = [.gigabytes: size.bytes]
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
                pool: input.pool
            )
        }
        try quota.reserve(amounts, for: flow, of: input.project)
    }

    /// Records the marks of the pools that have got one, so that they are known by it from now on.
    private func register(_ reports: [PoolReport], chosen: String, in transaction: SQLTransaction) throws {
        let pools = PoolTable(connection: transaction.connection)
        for report in reports {
            guard let mark = report.mark else { continue }
            let isKnown = try pools.register(report.name, as: mark, kind: report.kind, at: Date())
            guard isKnown || report.name != chosen else { throw DriverError.claimedMeanwhile(chosen) }
        }
    }
}

extension RequestedSize {
    /// The size in a stored request.
    ///
    /// - Throws: `invalidInput` when it has none, or one of nothing.
    init(_ size: ByteCount?, percent: Int?, of volume: VolumeID) throws(VolumeError) {
        guard let requested = RequestedSize(size: size, percent: percent), size != .zero else {
            throw VolumeError(
                .invalidInput,
                "cannot create volume \"\(volume)\": its size is not between 1 and 2^63 - 1 bytes",
                remedies: ["volumectl create --size 10"]
            )
        }
        self = requested
    }
}

extension VolumeError {
    /// What has failed, as the beginning of a sentence.
    static func cannotCreate(_ label: String, _ size: RequestedSize) -> String {
        "cannot create volume \"\(label)\" (\(size))"
    }

    /// What a create command says besides the size, so that a remedy makes the same volume.
    static func createOptions(name: VolumeName?, pool: String?) -> String {
        (name.map { " --name \($0)" } ?? "") + (pool.map { " --pool \($0)" } ?? "")
    }

    fileprivate static func noPool(
        for requested: RequestedSize,
        _ input: ScheduleVolume.Input,
        _ verdicts: [PoolVerdict]
    ) -> VolumeError {
        // Another size helps only where this one is what stands in the way.
        let isTooLarge = verdicts.filter { ["CapacityFilter", "LimitFilter"].contains($0.filter) }
        let fitting = requested.size == nil ? nil : isTooLarge.compactMap(\.room?.largest).max()?.wholeUnits
        let options = createOptions(name: input.name, pool: input.pool)
        let candidates = input.reports.filter { input.pool == nil || input.pool == $0.name }
        return VolumeError(
            .noValidPool,
            cannotCreate(input.name?.description ?? input.volume.description, requested) + ": no pool can take it",
            cause: verdicts.isEmpty ? "no pool is configured" : nil,
            remedies: (fitting.map { ["volumectl create --size \($0)\(options)"] } ?? [])
                + (input.tried.compactMap(\.error.remedy) + candidates.compactMap(\.remedy)).prefix(1)
                + ["volumectl pool ls"],
            verdicts: verdicts
        )
    }
}

extension ByteCount {
    /// The size in whole GiB, or MiB if it is less than one, as a command takes it; `nil` below 1 MiB.
    fileprivate var wholeUnits: String? {
        if bytes >= Self.bytesPerGibibyte { return "\(bytes / Self.bytesPerGibibyte)" }
        return bytes >> 20 > 0 ? "\(bytes >> 20)M" : nil
    }
}
