internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The checked input of the flow that adopts an object.
struct AdoptVolumeRequest: Fields {
    @Field var volume: VolumeID
    @Field var project: String
    @Field var name: VolumeName?
    /// The pool that holds the object.
    @Field var pool: String
    /// The object's name on the backend.
    @Field var object: String
    /// The object's exact size.
    @Field var actualSize: ByteCount
}

/// The flow that takes over an object of a backend as a volume (`cinder: volume_manage_existing`).
///
/// The quota and the row, in status `creating`, are one transaction; the driver's outcome and the last step are another. The
/// object's content is never changed, and a flow that is reverted gives the object its name back.
func adoptVolumeFlow(
    pools: PoolRegistry,
    limits: QuotaLimits
) throws(FlowCompilationError) -> Flow<AdoptVolumeRequest> {
    try Flow("adopt-volume", version: 1, taking: AdoptVolumeRequest.self) {
        ReserveQuota<AdoptVolumeQuota>(limits: limits)
        CreateAdoptedEntry()
        AdoptOnDriver(pools: pools)
        FinishCreation()
    } concluding: { (request, end, transaction: SQLTransaction) in
        guard end.state == .failure else { return }
        try VolumeTable(connection: transaction.connection).record(end, of: request.volume, in: .creating, as: .error)
    }
}

/// The quota that an adopted volume uses.
struct AdoptVolumeQuota: QuotaRequest {
    @Field var project: String
    @Field var object: String
    @Field var actualSize: ByteCount

    var amounts: QuotaAmounts { .volume(actualSize, type: nil) }
    var ceilings: QuotaAmounts { [.perVolumeGigabytes: actualSize.bytes] }

    func type(in connection: any SQLConnection) -> String? { nil }

    func refusal(_ error: QuotaExceeded) -> VolumeError {
        VolumeError(
            .quotaExceeded,
            "cannot adopt \(object.quoted) (\(actualSize)): "
                + (error.isOfOneVolume ? "it is larger than a volume may be" : error.words),
            cause: error.numbers,
            remedies: error.raises + [.showQuota]
        )
    }
}

/// Inserts the volume's row, in its pool.
struct CreateAdoptedEntry: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var project: String
        @Field var name: VolumeName?
        @Field var pool: String
        @Field var actualSize: ByteCount
    }
    static let name = "create-entry"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        let volumes = VolumeTable(connection: transaction.connection)
        try volumes.insert(
            input.volume,
            project: input.project,
            name: input.name,
            requested: .exactly(input.actualSize),
            pool: input.pool,
            type: nil,
            attributes: VolumeAttributes(),
            flow: TaskContext.required.flow,
            at: Date()
        )
        try volumes.place(input.volume, in: input.pool, size: input.actualSize)
        return Nothing()
    }

    func revert(_ input: Input, output: Nothing, in transaction: SQLTransaction) throws {
        try VolumeTable(connection: transaction.connection).remove(input.volume)
    }
}

extension StartableOperation<AdoptVolumeRequest> {
    static func adoptVolume(pools: PoolRegistry, limits: QuotaLimits) throws(FlowCompilationError) -> Self {
        Self(
            try adoptVolumeFlow(pools: pools, limits: limits),
            rule: .adoptVolume,
            retryPolicy: .goOnReverting,
            driverStep: AdoptOnDriver.name,
            isRevertible: true,
            headline: { "\"\($0)\" was not adopted" }
        )
    }
}
