internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// A volume to be taken back to a snapshot.
///
/// The fields' names are not those of other requests: a flow that failed is found again by what its request mentions.
struct RevertVolumeRequest: Fields {
    @Field var revertedVolume: VolumeID
    @Field var target: SnapshotID
}

/// Takes a volume back to a snapshot (`cinder: revert_to_snapshot`).
///
/// What the volume held is lost as soon as the driver begins, so there is no way back from then on, but to the same snapshot
/// again: a driver's call can be repeated. The volume is `error` until that has succeeded.
func revertVolumeFlow(pools: PoolRegistry) throws(FlowCompilationError) -> Flow<RevertVolumeRequest> {
    try Flow("revert-volume", version: 1, taking: RevertVolumeRequest.self) {
        MarkReverting()
        RevertOnDriver(pools: pools)
        FinishRevert()
    } concluding: { (request, end, transaction: SQLTransaction) in
        if end.state == .success {
            // The volume is whole again, whatever failed reverts have made of it.
            try transaction.resolveFailures(
                mentioning: "\"revertedVolume\":\"\(request.revertedVolume)\"",
                note: "resolved by flow \(end.flow)"
            )
        }
        guard end.state == .failure else { return }
        try VolumeTable(connection: transaction.connection)
            .record(end, of: request.revertedVolume, in: .reverting, as: .error)
    }
}

/// Takes the volume out of use, if it and the snapshot are ready for the revert.
struct MarkReverting: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var revertedVolume: VolumeID
        @Field var target: SnapshotID
    }
    struct Output: Fields {
        @Field var pool: String
        @Field var size: ByteCount
        /// The volume's previous status.
        @Field var oldStatus: VolumeStatus
        @Field var oldError: String?
    }
    static let name = "mark-reverting"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Output {
        let volumes = VolumeTable(connection: transaction.connection)
        let snapshots = SnapshotTable(connection: transaction.connection)
        let volume = try volumes.find(input.revertedVolume).orMissing(input.revertedVolume.description)
        let snapshot = try snapshots.find(input.target).orMissing(input.target)
        try volume.requireRevertible(to: snapshot)
        try volumes.requireNoCopy(of: volume)
        try snapshots.requireNoneUnderWay(of: volume)
        try volumes.move(volume, to: .reverting, flow: TaskContext.required.flow, at: Date())
        return Output(
            pool: volume.pool ?? "",
            size: volume.size,
            oldStatus: volume.status,
            oldError: volume.lastError
        )
    }

    /// The driver's step knows that the volume is as it was.
    func revert(_ input: Input, output: Output, in transaction: SQLTransaction) throws {
        let volumes = VolumeTable(connection: transaction.connection)
        let volume = try volumes.find(input.revertedVolume).orMissing(input.revertedVolume.description)
        guard volume.flow == TaskContext.required.flow else { throw VolumeError.taken(volume) }
        try volumes.move(volume, to: output.oldStatus, flow: volume.flow, error: output.oldError, at: Date())
    }
}

/// Makes the volume available.
struct FinishRevert: TransactionalTask {
    struct Input: Fields {
        @Field var revertedVolume: VolumeID
    }
    static let name = "finish-revert"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        let volumes = VolumeTable(connection: transaction.connection)
        let volume = try volumes.find(input.revertedVolume).orMissing(input.revertedVolume.description)
        try volumes.move(volume, to: .available, flow: volume.flow, at: Date())
        return Nothing()
    }
}

extension Volume {
    /// Makes sure that the volume can be taken back to a snapshot now. One in `error` can if a revert has left it so: only then
    /// it has an available snapshot.
    ///
    /// - Throws: `conflict`; `invalidInput` when the snapshot is another volume's.
    func requireRevertible(to snapshot: Snapshot) throws(VolumeError) {
        let headline = "volume \"\(label)\" was not reverted to snapshot \"\(snapshot.label)\""
        guard snapshot.volume == id else {
            throw VolumeError(
                .invalidInput,
                "\(headline): it is a snapshot of another volume",
                cause: "it is of volume \(snapshot.volumeLabel)",
                remedies: [.listSnapshots(volume: label)]
            )
        }
        guard snapshot.status == .available else {
            throw VolumeError(
                .conflict,
                "\(headline): the snapshot is \(snapshot.status.rawValue)",
                remedies: [.showSnapshot(snapshot.label), .showFlow(snapshot.flow)]
            )
        }
        guard [.available, .error].contains(status) else {
            throw VolumeError(
                .conflict,
                "\(headline): the volume is \(status.rawValue)",
                cause: "a volume is reverted while nobody uses it",
                remedies: [.showVolume(label), .showFlow(flow)]
            )
        }
        guard snapshot.size == size else {
            throw VolumeError(
                .conflict,
                "\(headline): they differ in size",
                cause: "the volume has \(size), and had \(snapshot.size) when the snapshot was made",
                remedies: [.advice("make a new volume from the snapshot"), .showSnapshot(snapshot.label)]
            )
        }
    }
}

extension StartableOperation<RevertVolumeRequest> {
    static func revertVolume(pools: PoolRegistry) throws(FlowCompilationError) -> Self {
        Self(
            try revertVolumeFlow(pools: pools),
            retryPolicy: .startOver(as: RevertVolumeRequest.self) { service, flow, request, control in
                let volume = try await service.volume(request.revertedVolume)
                guard volume.flow == flow.id else { throw VolumeError.taken(volume) }
                try await service.revert("\(volume.id)", to: "\(request.target)", control: control)
            },
            driverStep: RevertOnDriver.name,
            isRevertible: false,
            headline: { "volume \"\($0)\" was not reverted to its snapshot" }
        )
    }
}
