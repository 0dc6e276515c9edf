internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// A volume, or a snapshot of it, that is saved as an image file.
struct SaveImageRequest: Fields {
    @Field var volume: VolumeID
    /// The snapshot; `nil` for what the volume holds now.
    @Field var snapshot: SnapshotID?
    /// The file to be made.
    @Field var image: VolumeImage
    /// The host of the file; left out if the database has no hosts.
    @Field var host: String?
}

/// The flow that saves a volume or a snapshot as an image file (`cinder: copy_volume_to_image`).
///
/// The file is written under a temporary name beside its final place. A snapshot that is saved leaves its volume as it is,
/// which may be in use.
func saveImageFlow(pools: PoolRegistry) throws(FlowCompilationError) -> Flow<SaveImageRequest> {
    try Flow("save-image", version: 2, taking: SaveImageRequest.self, upgrades: [Upgrade(from: 1) { _ in }]) {
        MarkUploading()
        ReadImage(pools: pools)
        PublishImage()
        FinishUpload()
    } concluding: { (request, end, transaction: SQLTransaction) in
        // What could not be undone are files; the volume is as it was.
        guard end.state == .failure else { return }
        try VolumeTable(connection: transaction.connection)
            .record(end, of: request.volume, in: .uploading, as: .available)
        guard let snapshot = request.snapshot else { return }
        try SnapshotTable(connection: transaction.connection).record(end, of: snapshot, in: .uploading, as: .available)
    }
}

extension StartableOperation<SaveImageRequest> {
    static func saveImage(pools: PoolRegistry) throws(FlowCompilationError) -> Self {
        Self(
            try saveImageFlow(pools: pools),
            rule: .saveImage,
            retryPolicy: .goOnReverting,
            driverStep: ReadImage.name,
            isRevertible: true,
            headline: { "\"\($0)\" was not saved as an image" }
        )
    }
}

/// Moves the volume or the snapshot to status `uploading`, in which it is not changed.
struct MarkUploading: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var snapshot: SnapshotID?
    }
    struct Output: Fields {
        @Field var pool: String
        /// The size of the volume or the snapshot.
        @Field var size: ByteCount
    }
    static let name = "mark-uploading"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Output {
        let volumes = VolumeTable(connection: transaction.connection)
        let snapshots = SnapshotTable(connection: transaction.connection)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        guard let pool = volume.pool else { throw VolumeError.wrongStatus(volume, for: .uploading) }
        let flow = TaskContext.required.flow
        guard let id = input.snapshot else {
            try volumes.move(volume, to: .uploading, flow: flow, at: Date())
            return Output(pool: pool, size: volume.size)
        }
        let snapshot = try snapshots.find(id).orMissing(id)
        try snapshots.move(snapshot, to: .uploading, flow: flow, at: Date())
        return Output(pool: pool, size: snapshot.size)
    }

    func revert(_ input: Input, output: Output, in transaction: SQLTransaction) throws {
        try transaction.endUpload(of: input.volume, input.snapshot)
    }
}

/// Makes the volume or the snapshot available again.
struct FinishUpload: TransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var snapshot: SnapshotID?
    }
    static let name = "finish-upload"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        try transaction.endUpload(of: input.volume, input.snapshot)
        return Nothing()
    }
}

extension SQLTransaction {
    /// Makes the volume or the snapshot available, unless it is already: a flow that could not be undone has left it so.
    fileprivate func endUpload(of volume: VolumeID, _ snapshot: SnapshotID?) throws {
        let flow = TaskContext.required.flow
        if let snapshot {
            let snapshots = SnapshotTable(connection: connection)
            guard let found = try snapshots.find(snapshot), found.status == .uploading, found.flow == flow else {
                return
            }
            try snapshots.move(found, to: .available, flow: flow, at: Date())
        } else {
            let volumes = VolumeTable(connection: connection)
            guard let found = try volumes.find(volume), found.status == .uploading, found.flow == flow else { return }
            try volumes.move(found, to: .available, flow: flow, at: Date())
        }
    }
}
