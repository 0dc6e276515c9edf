internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The input of the flow that removes a snapshot.
struct DeleteSnapshotRequest: Fields {
    @Field var snapshot: SnapshotID
}

/// The flow that removes a snapshot. The transaction that removes its row releases its quota; it comes after the
/// backend has removed the data.
func deleteSnapshotFlow(pools: PoolRegistry) throws(FlowCompilationError) -> Flow<DeleteSnapshotRequest> {
    try Flow("delete-snapshot", version: 1, taking: DeleteSnapshotRequest.self) {
        MarkSnapshotDeleting()
        DeleteSnapshotOnDriver(pools: pools)
        RemoveSnapshotEntry()
    } concluding: { (request, end, transaction: SQLTransaction) in
        if end.state == .success {
            // Earlier flows that failed on this snapshot have nothing left to revert.
            try transaction.resolveFailures(
                mentioning: "\"snapshot\":\"\(request.snapshot)\"",
                note: "resolved by flow \(end.flow)"
            )
        }
        guard end.state == .failure else { return }
        try SnapshotTable(connection: transaction.connection)
            .record(end, of: request.snapshot, in: .deleting, as: .errorDeleting)
    }
}

/// Moves the snapshot to status `deleting`.
struct MarkSnapshotDeleting: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var snapshot: SnapshotID
    }
    struct Output: Fields {
        @Field var volume: VolumeID
        @Field var pool: String?
        /// The status before.
        @Field var oldStatus: SnapshotStatus
        @Field var oldError: String?
        @Field var oldSize: ByteCount
    }
    static let name = "mark-snapshot-deleting"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Output {
        let snapshots = SnapshotTable(connection: transaction.connection)
        let snapshot = try snapshots.find(input.snapshot).orMissing(input.snapshot)
        let volumes = VolumeTable(connection: transaction.connection)
        try volumes.requireNoCopy(of: snapshot)
        if let volume = try volumes.find(snapshot.volume), volume.status == .reverting {
            throw VolumeError.inUse(snapshot, byReverting: volume)
        }
        try snapshots.move(snapshot, to: .deleting, flow: TaskContext.required.flow, at: Date())
        return Output(
            volume: snapshot.volume,
            pool: snapshot.pool,
            oldStatus: snapshot.status,
            oldError: snapshot.lastError,
            oldSize: snapshot.size
        )
    }

    /// The driver's step has verified that the snapshot is untouched, so a snapshot in status `error_deleting` becomes
    /// available again.
    func revert(_ input: Input, output: Output, in transaction: SQLTransaction) throws {
        let snapshots = SnapshotTable(connection: transaction.connection)
        let snapshot = try snapshots.find(input.snapshot).orMissing(input.snapshot)
        guard snapshot.flow == TaskContext.required.flow else { throw VolumeError.taken(snapshot) }
        let isUntouched = output.oldStatus == .errorDeleting
        try snapshots.move(
            snapshot,
            to: isUntouched ? .available : output.oldStatus,
            flow: snapshot.flow,
            error: isUntouched ? nil : output.oldError,
            at: Date()
        )
    }
}

/// Removes the snapshot's row and releases its quota.
struct RemoveSnapshotEntry: TransactionalTask {
    struct Input: Fields {
        @Field var snapshot: SnapshotID
    }
    static let name = "remove-snapshot-entry"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        try SnapshotTable(connection: transaction.connection).find(input.snapshot).orMissing(input.snapshot)
            .removeEntry(in: transaction)
        return Nothing()
    }
}

extension StartableOperation<DeleteSnapshotRequest> {
    static func deleteSnapshot(pools: PoolRegistry) throws(FlowCompilationError) -> Self {
        Self(
            try deleteSnapshotFlow(pools: pools),
            rule: .deleteSnapshot,
            retryPolicy: .startOver(as: DeleteSnapshotRequest.self) { service, flow, request, control in
                try await service.retryRemoval(flow, of: request.snapshot, control)
            },
            driverStep: DeleteSnapshotOnDriver.name,
            isRevertible: false,
            isWithinProject: true,
            headline: { "snapshot \"\($0)\" was not deleted" }
        )
    }
}
