internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// What a volume shall be, checked, as it was requested.
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
    /// The pool that the user named; what else is in `pool` comes from the configuration.
    @Field var requestedPool: String?
    /// Whether the id was made for this request, so that nobody else can have anything under it.
    @Field var isNewID: Bool?
}

/// The way of a volume into the world.
///
/// Everything up to the driver is one transaction, in which the quota, the row and the provisioned capacity of the pool stand
/// or fall together; what came of the driver and the rest is another. What the world was asked before the first, such as the
/// pools' room, was only looked at, but that a pool which may be chosen gets its mark.
///
/// A driver that says that another pool may succeed is followed by the next best pool: what the first has begun is undone
/// before, and the quota and the row stay.
func createVolumeFlow(
    pools: PoolRegistry,
    limits: QuotaLimits
) throws(FlowCompilationError) -> Flow<CreateVolumeRequest> {
    try Flow("create-volume", version: 3, taking: CreateVolumeRequest.self, upgrades: createVolumeUpgrades) {
        SurveyPools(pools: pools)
        ReserveQuota<CreateVolumeQuota>(limits: limits)
        CreateEntry()
        LinearFlow("place-volume", retry: TryPools()) {
            ScheduleVolume(limits: limits)
            CreateOnDriver(pools: pools)
        }
        FinishCreation()
    } concluding: { (request, end, transaction: SQLTransaction) in
        guard end.state == .failure else { return }
        try VolumeTable(connection: transaction.connection).record(end, of: request.volume, in: .creating, as: .error)
    }
}

/// Asks the pools that may be chosen how they are, and marks those that have no mark yet.
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
        let candidates = pools.pools.filter { input.pool == nil || input.pool == $0.name }
        return Output(reports: try await pools.survey(candidates, marking: true))
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
        try QuotaTable(connection: transaction.connection).commit(TaskContext.required.flow)
        return Nothing()
    }
}

extension StartableOperation<CreateVolumeRequest> {
    static func createVolume(pools: PoolRegistry, limits: QuotaLimits) throws(FlowCompilationError) -> Self {
        Self(
            try createVolumeFlow(pools: pools, limits: limits),
            retryPolicy: .goOnReverting,
            driverStep: CreateOnDriver.name,
            isRevertible: true,
            headline: { "volume \"\($0)\" was not created" }
        )
    }
}
