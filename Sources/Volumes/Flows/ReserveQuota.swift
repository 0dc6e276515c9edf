internal import FoundationEssentials
internal import Identity
internal import SQLStore
internal import TaskFlow
internal import VolumeDriver

/// Reserves the volume in its project's quota, with its size if that doesn't depend on the pool.
struct ReserveQuota: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var project: String
        @Field var name: VolumeName?
        @Field var size: ByteCount?
        @Field var freePercent: Int?
        @Field var pool: String?
    }
    static let name = "reserve-quota"
    let limits: QuotaLimits

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        let quota = QuotaTable(connection: transaction.connection)
        let requested = try RequestedSize(input.size, percent: input.freePercent, of: input.volume)
        try limits.check(
            requested.reservation,
            asked: VolumeError.cannotCreate(input.name?.description ?? input.volume.description, requested),
            options: VolumeError.createOptions(name: input.name, pool: input.pool),
            of: input.project,
            beside: quota.usage(of: input.project)
        )
        try quota.reserve(requested.reservation, for: input.project)
        return Nothing()
    }

    func revert(_ input: Input, output: Nothing, in transaction: SQLTransaction) throws {
        try QuotaTable(connection: transaction.connection)
            .cancelReservation(input.size ?? .zero, for: input.project)
    }
}

/// Makes the volume's row, in status `creating`.
struct CreateEntry: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var project: String
        @Field var name: VolumeName?
        @Field var size: ByteCount?
        @Field var freePercent: Int?
        @Field var requestedPool: String?
    }
    static let name = "create-entry"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        try VolumeTable(connection: transaction.connection)
            .insert(
                input.volume,
                project: input.project,
                name: input.name,
                requested: RequestedSize(input.size, percent: input.freePercent, of: input.volume),
                pool: input.requestedPool,
                flow: TaskContext.required.flow,
                at: Date()
            )
        return Nothing()
    }

    func revert(_ input: Input, output: Nothing, in transaction: SQLTransaction) throws {
        try VolumeTable(connection: transaction.connection).remove(input.volume)
    }
}
