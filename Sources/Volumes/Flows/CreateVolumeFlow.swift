internal import FoundationEssentials
internal import Identity
internal import SQLStore
internal import TaskFlow
internal import VolumeDriver

/// What a volume shall be, checked and without a choice left but that of the pool.
struct CreateVolumeRequest: Fields {
    @Field var volume: VolumeID
    @Field var project: String
    @Field var name: VolumeName?
    /// How large; left out when `freePercent` is given.
    @Field var size: ByteCount?
    /// How much of a pool's free space.
    @Field var freePercent: Int?
    /// The only pool that may be chosen.
    @Field var pool: String?
    /// Whether the id was made for this request, so that nobody else can have anything under it.
    @Field var isNewID: Bool?
}

/// The way of a volume into the world.
///
/// Everything up to the driver is one transaction, in which the quota, the row and the promise on the pool stand or fall
/// together; what came of the driver and the rest is another. What the world was asked before the first, such as the
/// pools' room, was only looked at, but that a pool which may be chosen gets its mark.
func createVolumeFlow(
    pools: PoolRegistry,
    limits: QuotaLimits
) throws(FlowCompilationError) -> Flow<CreateVolumeRequest> {
    try Flow("create-volume", version: 2, taking: CreateVolumeRequest.self, upgrades: [Upgrade(from: 1) { _ in }]) {
        SurveyPools(pools: pools)
        ExtractSpec()
        ReserveQuota(limits: limits)
        CreateEntry()
        ScheduleVolume()
        CreateOnDriver(pools: pools)
        FinishCreation()
    } concluding: { (request, end, transaction: SQLTransaction) in
        guard end.state == .failure else { return }
        let volumes = VolumeTable(connection: transaction.connection)
        guard let volume = try volumes.find(request.volume), volume.status != .error else { return }
        let reason = (end.failures + end.revertFailures).map(\.description).joined(separator: "; ")
        try volumes.move(volume, to: .error, flow: end.flow, error: reason, at: Date())
    }
}

/// Asks every pool how it is, and marks those that may be chosen and have no mark yet.
///
/// A mark does not come with the record of it: a pool whose mark nobody has recorded is taken as it is by the next request.
struct SurveyPools: PureTask {
    struct Input: Fields {
        @Field var pool: String?
    }
    struct Output: Fields {
        @Field var reports: [PoolReport]
    }
    static let name = "survey-pools"
    let pools: PoolRegistry

    func execute(_ input: Input) async throws -> Output {
        Output(reports: try await pools.survey { input.pool == nil || input.pool == $0.name })
    }
}

/// Turns the request into numbers: a share of free space into a size, a size into whole granules.
struct ExtractSpec: PureTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var name: VolumeName?
        @Field var size: ByteCount?
        @Field var freePercent: Int?
        @Field var pool: String?
        @Field var reports: [PoolReport]
    }
    struct Output: Fields {
        /// The size that the volume gets.
        @Field var actualSize: ByteCount
    }
    static let name = "extract-spec"

    func execute(_ input: Input) throws -> Output {
        let label = input.name?.description ?? input.volume.description
        let candidates = input.reports.filter { input.pool == nil || $0.name == input.pool }
        let granule = candidates.map(\.capabilities.granule).max() ?? .zero
        guard let percent = input.freePercent else {
            guard let size = input.size?.roundedUp(to: granule), size > .zero else {
                throw VolumeError(
                    .invalidInput,
                    "cannot create volume \"\(label)\": its size is not between 1 and 2^63 - 1 bytes",
                    remedies: ["volumectl create --size 10"]
                )
            }
            return Output(actualSize: size)
        }
        let free = candidates.compactMap(\.capacity?.free).max() ?? .zero
        guard let share = free.share(percent: percent).roundedDown(to: granule), share > .zero else {
            throw VolumeError(
                .noValidPool,
                "cannot create volume \"\(label)\" of \(percent) % of what is free",
                cause: candidates.isEmpty ? "there is no such pool" : "\(free) are free",
                remedies: ["volumectl pool ls"]
            )
        }
        return Output(actualSize: share)
    }
}

/// Reserves room for the volume in its project's quota.
struct ReserveQuota: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var project: String
        @Field var name: VolumeName?
        @Field var actualSize: ByteCount
        @Field var pool: String?
    }
    static let name = "reserve-quota"
    let limits: QuotaLimits

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        let quota = QuotaTable(connection: transaction.connection)
        let label = input.name?.description ?? input.volume.description
        try limits.check(
            input.actualSize,
            named: label,
            options: VolumeError.createOptions(name: input.name, pool: input.pool),
            of: input.project,
            beside: quota.usage(of: input.project)
        )
        try quota.reserve(input.actualSize, for: input.project)
        return Nothing()
    }

    func revert(_ input: Input, output: Nothing, in transaction: SQLTransaction) throws {
        try QuotaTable(connection: transaction.connection).cancelReservation(input.actualSize, for: input.project)
    }
}

/// Makes the volume's row, in status `creating`.
struct CreateEntry: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var project: String
        @Field var name: VolumeName?
        @Field var actualSize: ByteCount
    }
    static let name = "create-entry"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        try VolumeTable(connection: transaction.connection)
            .insert(
                input.volume,
                project: input.project,
                name: input.name,
                size: input.actualSize,
                flow: TaskContext.required.flow,
                at: Date()
            )
        return Nothing()
    }

    func revert(_ input: Input, output: Nothing, in transaction: SQLTransaction) throws {
        try VolumeTable(connection: transaction.connection).remove(input.volume)
    }
}

/// Chooses the pool and promises it the volume's size.
struct ScheduleVolume: TransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var name: VolumeName?
        @Field var actualSize: ByteCount
        @Field var pool: String?
        @Field var reports: [PoolReport]
    }
    struct Output: Fields {
        @Field var chosenPool: String
        @Field var verdicts: [PoolVerdict]
    }
    static let name = "schedule"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Output {
        let volumes = VolumeTable(connection: transaction.connection)
        let verdicts = Scheduler()
            .judge(
                input.reports,
                promises: try volumes.promises(),
                for: Scheduler.Request(size: input.actualSize, pool: input.pool)
            )
        guard let chosen = verdicts.first(where: { $0.decision == .chosen }) else {
            throw VolumeError.noPool(for: input.name?.description ?? input.volume.description, input, verdicts)
        }
        try register(input.reports, chosen: chosen.pool, in: transaction)
        try volumes.assign(input.volume, to: chosen.pool)
        return Output(chosenPool: chosen.pool, verdicts: verdicts)
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

/// Makes the volume available and its quota used.
struct FinishCreation: TransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var project: String
        @Field var actualSize: ByteCount
    }
    static let name = "finish"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        let volumes = VolumeTable(connection: transaction.connection)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        try volumes.move(volume, to: .available, flow: volume.flow, at: Date())
        try volumes.settle(input.volume)
        try QuotaTable(connection: transaction.connection).commit(input.actualSize, for: input.project)
        return Nothing()
    }
}

extension ByteCount {
    fileprivate func share(percent: Int) -> ByteCount {
        ByteCount(bytes: Int64(Int128(bytes) * Int128(percent) / 100)) ?? .zero
    }

    fileprivate func roundedDown(to granule: ByteCount) -> ByteCount? {
        granule > .zero ? ByteCount(bytes: bytes - bytes % granule.bytes) : self
    }
}

extension VolumeError {
    /// What a create command says besides the size, so that a remedy makes the same volume.
    fileprivate static func createOptions(name: VolumeName?, pool: String?) -> String {
        (name.map { " --name \($0)" } ?? "") + (pool.map { " --pool \($0)" } ?? "")
    }

    fileprivate static func noPool(for label: String, _ input: ScheduleVolume.Input, _ verdicts: [PoolVerdict])
        -> VolumeError
    {
        // Another size helps only where this one is what stands in the way.
        let roomiest = verdicts.filter { $0.filter == "CapacityFilter" }.compactMap(\.virtualFree).max()
        let fitting = roomiest.map { $0.bytes / ByteCount.bytesPerGibibyte } ?? 0
        let options = createOptions(name: input.name, pool: input.pool)
        let candidates = input.reports.filter { input.pool == nil || input.pool == $0.name }
        return VolumeError(
            .noValidPool,
            "cannot create volume \"\(label)\" (\(input.actualSize)): no pool can take it",
            cause: verdicts.isEmpty ? "no pool is configured" : nil,
            remedies: (fitting > 0 ? ["volumectl create --size \(fitting)\(options)"] : [])
                + candidates.compactMap(\.remedy).prefix(1) + ["volumectl pool ls"],
            verdicts: verdicts
        )
    }
}

extension Operation {
    static func create(_ flow: Flow<CreateVolumeRequest>) -> Operation {
        Operation(
            recipe: flow.recipe,
            retryPolicy: .goOnReverting,
            driverStep: CreateOnDriver.name,
            isRevertible: true,
            headline: { "volume \"\($0)\" was not created" }
        )
    }
}
