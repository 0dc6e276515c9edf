internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The input of the flow that reverts a volume to a snapshot.
///
/// The fields' names differ from those of other requests, because failed flows are found by the fields of their
/// requests.
struct RevertVolumeRequest: Fields {
    @Field var revertedVolume: VolumeID
    @Field var target: SnapshotID
}

/// The flow that reverts a volume to a snapshot (`cinder: revert_to_snapshot`).
///
/// The volume's data is lost as soon as the driver begins, so that the flow can't be undone from then on. After a
/// failure the volume is in status `error` until a repeated revert to the same snapshot succeeds.
func revertVolumeFlow(pools: PoolRegistry) throws(FlowCompilationError) -> Flow<RevertVolumeRequest> {
    try Flow("revert-volume", version: 1, taking: RevertVolumeRequest.self) {
        MarkReverting()
        RevertOnDriver(pools: pools)
        FinishRevert()
    } concluding: { (request, end, transaction: SQLTransaction) in
        if end.state == .success {
            // The volume is complete again, so earlier flows that failed to revert it are resolved.
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

/// Moves the volume to status `reverting`, if it and the snapshot are ready.
struct MarkReverting: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var revertedVolume: VolumeID
        @Field var target: SnapshotID
    }
    struct Output: Fields {
        @Field var pool: String
        @Field var size: ByteCount
        /// The status before.
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

    /// The driver's step has verified that the volume is untouched.
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
    /// Checks that the volume can be reverted to a snapshot now. A volume in status `error` can if a failed revert is
    /// the reason: only then it has an available snapshot.
    ///
    /// - Throws: `conflict`; `invalidInput` when the snapshot belongs to another volume.
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
                remedies: snapshot.wayOut + [.showSnapshot(snapshot.label)]
            )
        }
        guard [.available, .error].contains(status) else {
            throw VolumeError(
                .conflict,
                "\(headline): the volume is \(status.rawValue)",
                cause: "only a volume that is not in use can be reverted",
                remedies: wayOut + [.showVolume(label)]
            )
        }
        guard snapshot.size == size else {
            throw VolumeError(
                .conflict,
                "\(headline): they differ in size",
                cause: "the volume has \(size), and had \(snapshot.size) when the snapshot was created",
                remedies: [.advice("create a new volume from the snapshot"), .showSnapshot(snapshot.label)]
            )
        }
    }
}

extension StartableOperation<RevertVolumeRequest> {
    static func revertVolume(pools: PoolRegistry) throws(FlowCompilationError) -> Self {
        Self(
            try revertVolumeFlow(pools: pools),
            rule: .revertVolume,
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
