internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The checked input of the flow that creates a volume.
struct CreateVolumeRequest: Fields {
    @Field var volume: VolumeID
    @Field var project: String
    @Field var name: VolumeName?
    /// The requested size; `nil` when `freePercent` is given.
    @Field var size: ByteCount?
    /// The requested share of a pool's free space.
    @Field var freePercent: Int?
    /// The only pool that may be chosen.
    @Field var pool: String?
    /// The pool that the user named; `pool` may also come from the configuration.
    @Field var requestedPool: String?
    /// Whether the id was generated for this request, so that nothing else can exist under it.
    @Field var isNewID: Bool?
    /// The attributes; `nil` for the default ones.
    @Field var attributes: VolumeAttributes?
    /// The name of the volume's type; `nil` without one.
    @Field var type: String?
    /// The type's extra specs, with what the volume itself demands of its pool; `nil` for none.
    @Field var extraSpecs: ExtraSpecs?
    /// The snapshot that is copied; `sourceVolume` is then its volume.
    @Field var sourceSnapshot: SnapshotID?
    /// The volume that is copied, or whose snapshot is.
    @Field var sourceVolume: VolumeID?
    /// Where it has to be; left out for anywhere.
    @Field var placement: PlacementWish?
    /// The image that is written to it.
    @Field var sourceImage: SourceImage?
    /// The key under which this flow is noted as the one that fulfils the request.
    @Field var idempotencyKey: IdempotencyKey?
}

/// The flow that creates a volume.
///
/// All steps before the driver's are one transaction, so that the quota, the row and the pool's provisioned capacity
/// are recorded together or not at all; the driver's outcome and the last step are another. Before the first
/// transaction, backends are only read, except that pools without a mark get one.
///
/// If a driver reports that another pool may succeed, the next best pool is tried: what was begun on the first is
/// reverted, while the quota and the row stay.
func createVolumeFlow(
    pools: PoolRegistry,
    limits: QuotaLimits
) throws(FlowCompilationError) -> Flow<CreateVolumeRequest> {
    try Flow("create-volume", version: 7, taking: CreateVolumeRequest.self, upgrades: createVolumeUpgrades) {
        SurveyPools(pools: pools)
        ReserveQuota<CreateVolumeQuota>(limits: limits)
        CreateEntry()
        LinearFlow("place-volume", retry: TryPools(maximum: pools.scheduler.options.maximumAttempts)) {
            ScheduleVolume(limits: limits, scheduler: pools.scheduler)
            CreateOnDriver(pools: pools)
        }
        FinishCreation()
    } concluding: { (request, end, transaction: SQLTransaction) in
        guard end.state == .failure else { return }
        let volumes = VolumeTable(connection: transaction.connection)
        for status in [VolumeStatus.creating, .downloading] {
            try volumes.record(end, of: request.volume, in: status, as: .error)
        }
    }
}

/// Asks the candidate pools for their capacity, and marks those that have no mark yet.
///
/// A mark may be set without being recorded, if the flow ends before it is. The next request then adopts it.
struct SurveyPools: PureTask {
    struct Input: Fields {
        @Field var pool: String?
    }
    struct Output: Fields {
        @Field var reports: [PoolReport]
    }
    static let name = "survey-pools"
    let pools: PoolRegistry
    /// Whether a disabled pool is asked, too, because the volume is in it already.
    var asksDisabled = false

    func execute(_ input: Input) async throws -> Output {
        Output(reports: try await pools.candidates(input.pool, marking: true, askingDisabled: asksDisabled))
    }
}

/// Makes the volume available and commits its quota.
struct FinishCreation: TransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var project: String
        @Field var actualSize: ByteCount
    }
    static let name = "finish"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        let (volumes, flow) = (VolumeTable(connection: transaction.connection), TaskContext.required.flow)
        let quota = QuotaTable(connection: transaction.connection)
        let reserved = try quota.reserved(by: flow)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        try volumes.move(volume, to: .available, flow: volume.flow, at: Date())
        try quota.commit(reserved, of: flow)
        return Nothing()
    }
}

extension StartableOperation<CreateVolumeRequest> {
    static func createVolume(pools: PoolRegistry, limits: QuotaLimits) throws(FlowCompilationError) -> Self {
        Self(
            try createVolumeFlow(pools: pools, limits: limits),
            rule: .createVolume,
            retryPolicy: .goOnReverting,
            driverStep: CreateOnDriver.name,
            isRevertible: true,
            isWithinProject: true,
            headline: { "volume \"\($0)\" was not created" }
        )
    }
}
