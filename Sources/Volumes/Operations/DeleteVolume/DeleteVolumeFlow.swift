internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The input of the flow that removes a volume.
struct DeleteVolumeRequest: Fields {
    @Field var volume: VolumeID
}

/// The flow that removes a volume. The transaction that removes its row releases its quota; it comes after the backend
/// has removed the data.
func deleteVolumeFlow(pools: PoolRegistry) throws(FlowCompilationError) -> Flow<DeleteVolumeRequest> {
    try Flow("delete-volume", version: 2, taking: DeleteVolumeRequest.self, upgrades: [Upgrade(from: 1) { _ in }]) {
        MarkDeleting()
        DeleteOnDriver(pools: pools)
        RemoveEntry()
    } concluding: { (request, end, transaction: SQLTransaction) in
        guard end.state == .failure else { return }
        try VolumeTable(connection: transaction.connection)
            .record(end, of: request.volume, in: .deleting, as: .errorDeleting)
    }
}

/// Moves the volume to status `deleting`.
struct MarkDeleting: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
    }
    struct Output: Fields {
        @Field var pool: String?
        /// The status before.
        @Field var oldStatus: VolumeStatus
        @Field var oldError: String?
        @Field var oldSize: ByteCount?
    }
    static let name = "mark-deleting"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Output {
        let volumes = VolumeTable(connection: transaction.connection)
        let snapshots = SnapshotTable(connection: transaction.connection)
        let count = try snapshots.fetchCount(of: input.volume)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        try volumes.requireOurs(volume)
        guard !volume.attributes.isProtected else { throw VolumeError.protected(volume) }
        try snapshots.requireNone(of: volume, among: count)
        try volumes.requireNoCopy(of: volume)
        try volumes.move(volume, to: .deleting, flow: TaskContext.required.flow, at: Date())
        return Output(
            pool: volume.pool,
            oldStatus: volume.status,
            oldError: volume.lastError,
            oldSize: volume.size
        )
    }

    /// The driver's step has verified that the volume is untouched, so a volume in status `error_deleting` becomes
    /// available again.
    func revert(_ input: Input, output: Output, in transaction: SQLTransaction) throws {
        let volumes = VolumeTable(connection: transaction.connection)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        guard volume.flow == TaskContext.required.flow else { throw VolumeError.taken(volume) }
        let isUntouched = output.oldStatus == .errorDeleting
        try volumes.move(
            volume,
            to: isUntouched ? .available : output.oldStatus,
            flow: volume.flow,
            error: isUntouched ? nil : output.oldError,
            at: Date()
        )
    }
}

/// Removes the volume's row and releases its quota.
struct RemoveEntry: TransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
    }
    static let name = "remove-entry"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        let volumes = VolumeTable(connection: transaction.connection)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        // Before the record of the pool is locked: a flow may be carried on that another project had begun before the
        // volume was given to this one, and it waits for that record.
        try transaction.resolveFailures(onRemoved: input.volume, by: TaskContext.required.flow)
        try volume.removeEntry(in: transaction)
        return Nothing()
    }
}

extension StartableOperation<DeleteVolumeRequest> {
    static func deleteVolume(pools: PoolRegistry) throws(FlowCompilationError) -> Self {
        Self(
            try deleteVolumeFlow(pools: pools),
            rule: .deleteVolume,
            retryPolicy: .startOver(as: DeleteVolumeRequest.self) { service, flow, request, control in
                try await service.retryRemoval(flow, of: request.volume, control)
            },
            driverStep: DeleteOnDriver.name,
            isRevertible: false,
            isWithinProject: true,
            headline: { "volume \"\($0)\" was not deleted" }
        )
    }
}

extension VolumeError {
    /// The error for a removal of a protected volume.
    static func protected(_ volume: Volume) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot remove volume \"\(volume.label)\": it is protected",
            remedies: [.unprotectVolume(volume.label), .showVolume(volume.label)]
        )
    }
}

extension Volume {
    /// Removes the row and releases the quota, which is still reserved if the volume's creation did not succeed.
    func removeEntry(in transaction: SQLTransaction) throws {
        let quota = QuotaTable(connection: transaction.connection)
        if try !quota.cancel(flow) { try quota.release(.volume(size, type: type), of: project) }
        try VolumeTable(connection: transaction.connection).remove(id)
    }
}
