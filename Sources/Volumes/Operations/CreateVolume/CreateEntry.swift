internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Inserts the volume's row in status `creating`.
struct CreateEntry: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var project: String
        @Field var name: VolumeName?
        @Field var size: ByteCount?
        @Field var freePercent: Int?
        @Field var requestedPool: String?
        @Field var attributes: VolumeAttributes?
        @Field var type: String?
    }
    static let name = "create-entry"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        if let type = input.type, try TypeTable(connection: transaction.connection).find(type) == nil {
            throw VolumeError.noType(type, to: "create volume \"\(input.name?.description ?? "\(input.volume)")\"")
        }
        try VolumeTable(connection: transaction.connection)
            .insert(
                input.volume,
                project: input.project,
                name: input.name,
                requested: RequestedSize(input.size, percent: input.freePercent, of: input.volume),
                pool: input.requestedPool,
                type: input.type,
                attributes: input.attributes ?? VolumeAttributes(),
                flow: TaskContext.required.flow,
                at: Date()
            )
        return Nothing()
    }

    func revert(_ input: Input, output: Nothing, in transaction: SQLTransaction) throws {
        try VolumeTable(connection: transaction.connection).remove(input.volume)
    }
}
