internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The input of the flow that creates a snapshot.
struct CreateSnapshotRequest: Fields {
    @Field var snapshot: SnapshotID
    @Field var name: VolumeName?
    @Field var volume: VolumeID
}

/// The flow that creates a snapshot.
///
/// One transaction checks the volume, inserts the snapshot's row and reserves its quota. From then on the volume can't
/// be removed.
func createSnapshotFlow(
    pools: PoolRegistry,
    limits: QuotaLimits
) throws(FlowCompilationError) -> Flow<CreateSnapshotRequest> {
    // Version 2 adds the volume to the quota's input, version 3 whether the volume is in use.
    try Flow(
        "create-snapshot",
        version: 3,
        taking: CreateSnapshotRequest.self,
        upgrades: [Upgrade(from: 1) { _ in }, Upgrade(from: 2) { _ in }]
    ) {
        CreateSnapshotEntry()
        ReserveQuota<CreateSnapshotQuota>(limits: limits)
        SnapshotOnDriver(pools: pools)
        FinishSnapshot()
    } concluding: { (request, end, transaction: SQLTransaction) in
        guard end.state == .failure else { return }
        try SnapshotTable(connection: transaction.connection)
            .record(end, of: request.snapshot, in: .creating, as: .error)
    }
}

/// Inserts the snapshot's row in status `creating`, if the volume's status allows snapshots.
struct CreateSnapshotEntry: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var snapshot: SnapshotID
        @Field var name: VolumeName?
        @Field var volume: VolumeID
    }
    struct Output: Fields {
        @Field var project: String
        /// The snapshot's name or id, for messages.
        @Field var label: String
        @Field var pool: String
        @Field var size: ByteCount
        /// Whether the volume may be written to meanwhile; left out for no.
        @Field var isInUse: Bool?
    }
    static let name = "create-snapshot-entry"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Output {
        let volumes = VolumeTable(connection: transaction.connection)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        try volumes.requireOurs(volume)
        let label = SnapshotReference.label(input.snapshot, named: input.name, of: volume.label)
        guard volume.status.allowsSnapshots, let pool = volume.pool else {
            throw VolumeError.notSnapshottable(volume, label)
        }
        try SnapshotTable(connection: transaction.connection)
            .insert(input.snapshot, named: input.name, of: volume, flow: TaskContext.required.flow, at: Date())
        return Output(project: volume.project, label: label, pool: pool, size: volume.size, isInUse: volume.isInUse)
    }

    func revert(_ input: Input, output: Output, in transaction: SQLTransaction) throws {
        try SnapshotTable(connection: transaction.connection).remove(input.snapshot)
    }
}

/// Makes the snapshot available and commits its quota.
struct FinishSnapshot: TransactionalTask {
    struct Input: Fields {
        @Field var snapshot: SnapshotID
    }
    static let name = "finish-snapshot"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        try transaction.finishSnapshots([input.snapshot])
        return Nothing()
    }
}

extension SQLTransaction {
    /// Makes new snapshots of the flow available, and commits their quota.
    func finishSnapshots(_ created: [SnapshotID]) throws {
        let snapshots = SnapshotTable(connection: connection)
        for id in created {
            let snapshot = try snapshots.find(id).orMissing(id)
            try snapshots.move(snapshot, to: .available, flow: snapshot.flow, at: Date())
        }
        try QuotaTable(connection: connection).commit(TaskContext.required.flow)
    }
}

/// The quota that a new snapshot uses: itself, and the size of its volume (`cinder: no_snapshot_gb_quota`).
struct CreateSnapshotQuota: QuotaRequest {
    @Field var project: String
    @Field var volume: VolumeID
    @Field var label: String
    @Field var size: ByteCount

    var amounts: QuotaAmounts { .snapshot(size, type: nil) }
    var ceilings: QuotaAmounts { [:] }

    func type(in connection: any SQLConnection) throws -> String? {
        try VolumeTable(connection: connection).find(volume)?.type
    }

    func refusal(_ error: QuotaExceeded) -> VolumeError {
        VolumeError(
            .quotaExceeded,
            "cannot create snapshot \"\(label)\" (\(size)): \(error.words)",
            cause: error.numbers,
            remedies: error.raises + [.showQuota, .listSnapshots(volume: nil)]
        )
    }
}

extension VolumeStatus {
    /// Whether snapshots and copies of a volume in this status can be made (`cinder: create_snapshot`). Those of a volume in
    /// use need a driver that makes them at once.
    var allowsSnapshots: Bool { self == .available || self == .inUse }
}

extension Volume {
    /// Whether the volume may be written to while it is copied; `nil` for no, as it is stored.
    var isInUse: Bool? { status == .inUse ? true : nil }
}

extension VolumeDriver {
    /// Makes sure that a copy of a volume in use will hold the volume's content at one moment.
    ///
    /// - Throws: `unsupported`.
    func requireCopiesAtOnce(_ isInUse: Bool?) async throws(DriverError) {
        guard isInUse == true, try await !copiesAtOnce() else { return }
        throw DriverError(
            .unsupported,
            "driver '\(Self.kind)' can't copy a volume at one moment here, and the volume is in use",
            remedy: "end its use first"
        )
    }
}

extension StartableOperation<CreateSnapshotRequest> {
    static func createSnapshot(pools: PoolRegistry, limits: QuotaLimits) throws(FlowCompilationError) -> Self {
        Self(
            try createSnapshotFlow(pools: pools, limits: limits),
            rule: .createSnapshot,
            retryPolicy: .goOnReverting,
            driverStep: SnapshotOnDriver.name,
            isRevertible: true,
            isWithinProject: true,
            headline: { "snapshot \"\($0)\" was not created" }
        )
    }
}
