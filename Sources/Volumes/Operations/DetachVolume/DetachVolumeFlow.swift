internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The input of the flows that end a volume's use.
struct DetachVolumeRequest: Fields {
    @Field var volume: VolumeID
}

/// The flow that detaches or unexports a volume.
///
/// After a failure the volume is `in-use`, and accessible as before if the access can be restored.
func detachVolumeFlow(
    of kind: Attachment.Kind,
    pools: PoolRegistry
) throws(FlowCompilationError) -> Flow<DetachVolumeRequest> {
    let name =
        switch kind {
        case .attached: "detach-volume"
        case .exported: "unexport-volume"
        case .mounted: "unmount-volume"
        }
    return try Flow(name, version: 1, taking: DetachVolumeRequest.self) {
        MarkDetaching(kind: kind)
        TakeAccess(kind: kind, pools: pools)
        FinishDetachment()
    } concluding: { (request, end, transaction: SQLTransaction) in
        guard end.state == .failure else { return }
        try VolumeTable(connection: transaction.connection).record(end, of: request.volume, in: .detaching, as: .inUse)
    }
}

/// Moves the volume to status `detaching`. A volume without an attachment is accepted, because it may have a device
/// that nobody recorded.
struct MarkDetaching: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
    }
    static let name = "mark-detaching"
    let kind: Attachment.Kind

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> UseBefore {
        let (volumes, attachments) = transaction.tablesOfUse
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        let old = try attachments.find(volume.id)
        guard old == nil || old?.kind == kind else { throw VolumeError.inUse(volume, old, for: .detaching) }
        try volumes.move(volume, to: .detaching, flow: TaskContext.required.flow, at: Date())
        guard let pool = volume.pool else { throw VolumeError.wrongStatus(volume, for: .detaching) }
        return UseBefore(pool: pool, oldStatus: volume.status, oldError: volume.lastError, oldAttachment: old)
    }

    func revert(_ input: Input, output: UseBefore, in transaction: SQLTransaction) throws {
        try transaction.restoreUse(of: input.volume, to: output)
    }
}

/// Ends the access to the volume on the pool's driver and verifies that it has ended.
struct TakeAccess: RevertibleTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var pool: String
        @Field var oldAttachment: Attachment?
    }
    static let name = "take-access"
    let kind: Attachment.Kind
    let pools: PoolRegistry

    func execute(_ input: Input) async throws -> Nothing {
        let driver = try await pools.driver(of: input.pool)
        let context = TaskContext.required
        do {
            try await DriverAccess(driver, kind).take(input.volume, operation: context.operation)
        } catch {
            throw context.isRepetition ? error.leaving(driver.location(of: input.volume)) : error
        }
        return Nothing()
    }

    /// Restores the access if it is gone. A device that is made again may have another number.
    func revert(_ input: Input, after outcome: Outcome<Nothing>) async throws {
        guard let old = input.oldAttachment?.access else { return }
        let hadNoEffect = outcome.driverError?.hadNoEffect == true
        do {
            let access = try await DriverAccess(pools.driver(of: input.pool), kind)
            guard try await access.present(old, of: input.volume) == nil else { return }
            // A device that had disappeared before the flow is not restored.
            if hadNoEffect { return }
            _ = try await access.give(
                input.volume,
                isReadOnly: old.isReadOnly,
                operation: TaskContext.required.operation
            )
        } catch let error as DriverError where hadNoEffect && error.leftBehind == nil {
            // The call can't have begun, so that the access is as it was.
            return
        }
    }
}

/// Makes the volume available and removes its attachment.
struct FinishDetachment: TransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var oldError: String?
    }
    static let name = "finish-detachment"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        let (volumes, attachments) = transaction.tablesOfUse
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        try attachments.remove(volume.id)
        try volumes.move(volume, to: .available, flow: volume.flow, at: Date())
        if input.oldError != nil { try transaction.resolveFailedUse(of: volume) }
        return Nothing()
    }
}

extension StartableOperation<DetachVolumeRequest> {
    static func detachVolume(of kind: Attachment.Kind, pools: PoolRegistry) throws(FlowCompilationError) -> Self {
        Self(
            try detachVolumeFlow(of: kind, pools: pools),
            rule: .detachVolume,
            retryPolicy: .goOnReverting,
            driverStep: TakeAccess.name,
            isRevertible: true,
            headline: { subject in
                switch kind {
                case .attached: "volume \"\(subject)\" was not detached"
                case .exported: "the export of volume \"\(subject)\" was not ended"
                case .mounted: "volume \"\(subject)\" was not unmounted"
                }
            }
        )
    }
}
