internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// Inserts the volume's row in status `creating`, if its source is ready. From then on the row keeps the source from being
/// removed, until the creation has ended.
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
        @Field var sourceSnapshot: SnapshotID?
        @Field var sourceVolume: VolumeID?
        @Field var idempotencyKey: IdempotencyKey?
        @Field var sourceImage: SourceImage?
    }
    struct Output: Fields {
        /// Whether the volume that is copied may be written to meanwhile; left out for no.
        @Field var isSourceInUse: Bool?
    }
    static let name = "create-entry"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Output {
        let types = TypeTable(connection: transaction.connection)
        if let type = input.type, try types.find(type, for: input.project) == nil {
            throw VolumeError.noType(type, to: "create volume \"\(input.name?.description ?? "\(input.volume)")\"")
        }
        if let id = input.attributes?.group {
            let subject = "create volume \"\(input.name?.description ?? "\(input.volume)")\""
            try GroupTable(connection: transaction.connection).find(id)
                .orNoGroup(id.description, to: subject).requireType(input.type, to: subject)
        }
        if let key = input.idempotencyKey {
            let use = try KeyTable(connection: transaction.connection).find(key, project: input.project)
            guard use?.flow == TaskContext.required.flow else { throw VolumeError.keyLost(key, input.volume) }
        }
        try types.requireUnencrypted(
            input.attributes,
            of: input.type,
            to: "create volume \"\(input.name?.description ?? "\(input.volume)")\""
        )
        let volumes = VolumeTable(connection: transaction.connection)
        var isSourceInUse: Bool?
        if let volume = input.sourceVolume {
            let source = try CopySource(snapshot: input.sourceSnapshot, volume: volume, in: transaction.connection)
            try source.requireReady(for: input.name?.description ?? input.volume.description, size: input.size)
            if let type = input.type, try types.encryption(of: type) != types.encryption(of: source.volume.type) {
                let label = input.name?.description ?? input.volume.description
                throw VolumeError.otherEncryption(of: type, to: "create volume \"\(label)\"", than: source.label)
            }
            if source.snapshot == nil { isSourceInUse = source.volume.isInUse }
        }
        try volumes
            .insert(
                input.volume,
                project: input.project,
                name: input.name,
                requested: RequestedSize(input.size, percent: input.freePercent, of: input.volume),
                pool: input.requestedPool,
                type: input.type,
                attributes: input.attributes ?? VolumeAttributes(),
                sourceSnapshot: input.sourceSnapshot,
                sourceVolume: input.sourceSnapshot == nil ? input.sourceVolume : nil,
                sourceImage: input.sourceImage?.image,
                flow: TaskContext.required.flow,
                at: Date()
            )
        return Output(isSourceInUse: isSourceInUse)
    }

    func revert(_ input: Input, output: Output, in transaction: SQLTransaction) throws {
        try VolumeTable(connection: transaction.connection).remove(input.volume)
    }
}

extension VolumeError {
    /// The error for a key that another flow took over before this one began.
    fileprivate static func keyLost(_ key: IdempotencyKey, _ volume: VolumeID) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot create volume \"\(volume)\": another flow fulfils the request of key \(key.description.quoted)",
            remedies: [.listFlows]
        )
    }
}
