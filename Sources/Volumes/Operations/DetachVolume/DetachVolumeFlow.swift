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
    /// The holders whose attachments end; left out for the one without a name or, if there is none, the only one.
    @Field var holders: HolderSelection?
}

/// The flow that detaches or unexports a volume. The end of the last attachment ends the access; the others are records.
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
    return try Flow(name, version: 2, taking: DetachVolumeRequest.self, upgrades: detachVolumeUpgrades) {
        MarkDetaching(kind: kind)
        TakeAccess(kind: kind, pools: pools)
        FinishDetachment()
    } concluding: { (request, end, transaction: SQLTransaction) in
        guard end.state == .failure else { return }
        try VolumeTable(connection: transaction.connection).record(end, of: request.volume, in: .detaching, as: .inUse)
    }
}

/// The upgrades that carry on flows of version 1, which knew one attachment of each volume.
let detachVolumeUpgrades = [
    Upgrade(from: 1) { run in
        try run.rewriteOutput(of: MarkDetaching.name) { (old: OldUse) in
            MarkDetaching.Output(
                pool: old.pool,
                oldStatus: old.oldStatus,
                oldError: old.oldError,
                oldAttachments: old.oldAttachment.map { [$0] } ?? [],
                staysInUse: false
            )
        }
    }
]

private struct OldUse: Fields {
    @Field var pool: String
    @Field var oldStatus: VolumeStatus
    @Field var oldError: String?
    @Field var oldAttachment: Attachment?
}

/// Moves the volume to status `detaching`. A volume without an attachment is accepted, because it may have a device
/// that nobody recorded.
struct MarkDetaching: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var holders: HolderSelection?
    }
    struct Output: Fields {
        @Field var pool: String
        @Field var oldStatus: VolumeStatus
        @Field var oldError: String?
        /// The attachments that end.
        @Field var oldAttachments: [Attachment]
        /// Whether others keep the volume in use.
        @Field var staysInUse: Bool
    }
    static let name = "mark-detaching"
    let kind: Attachment.Kind

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Output {
        let (volumes, attachments) = transaction.tablesOfUse
        let found = try attachments.fetchList(of: input.volume)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        let uses = try found.value()
        guard uses.allSatisfy({ $0.kind == kind }) else { throw VolumeError.inUse(volume, uses, for: .detaching) }
        let ending = try (input.holders ?? .holder(nil)).selected(of: uses, volume)
        let flow = TaskContext.required.flow
        try volumes.move(volume, to: .detaching, flow: flow, at: Date())
        for attachment in ending { try attachments.put(attachment.changed(by: flow)) }
        guard let pool = volume.pool else { throw VolumeError.wrongStatus(volume, for: .detaching) }
        return Output(
            pool: pool,
            oldStatus: volume.status,
            oldError: volume.lastError,
            oldAttachments: ending,
            staysInUse: uses.count > ending.count
        )
    }

    func revert(_ input: Input, output: Output, in transaction: SQLTransaction) throws {
        try transaction.restoreUse(
            of: input.volume,
            to: output.oldStatus,
            error: output.oldError,
            output.oldAttachments
        )
    }
}

extension HolderSelection {
    /// The attachments that end.
    ///
    /// - Throws: `conflict` if several holders use the volume and none was named.
    func selected(of uses: [Attachment], _ volume: Volume) throws(VolumeError) -> [Attachment] {
        guard case .holder(let holder) = self else { return uses }
        let own = uses.filter { $0.holder == holder }
        guard own.isEmpty, holder == nil else { return own }
        guard uses.count <= 1 else { throw VolumeError.severalHolders(volume, uses) }
        return uses
    }
}

/// Ends the access to the volume on the pool's driver and verifies that it has ended, unless others keep it in use.
struct TakeAccess: RevertibleTask, PlacedTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var pool: String
        @Field var oldAttachments: [Attachment]
        @Field var staysInUse: Bool
    }
    static let name = "take-access"
    let kind: Attachment.Kind
    let pools: PoolRegistry

    func place(for input: Input) -> Place? { .use(ofVolumeIn: input.pool, on: input.oldAttachments.first?.host) }

    func execute(_ input: Input) async throws -> Nothing {
        if input.staysInUse { return Nothing() }
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
        guard !input.staysInUse, let old = input.oldAttachments.first?.access else { return }
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

/// Removes the attachments that end, and makes the volume available after the last.
struct FinishDetachment: TransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var oldError: String?
        @Field var oldAttachments: [Attachment]
        @Field var staysInUse: Bool
    }
    static let name = "finish-detachment"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        let (volumes, attachments) = transaction.tablesOfUse
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        for attachment in input.oldAttachments { try attachments.remove(volume.id, attachment.holder) }
        try volumes.move(
            volume,
            to: input.staysInUse ? .inUse : .available,
            flow: volume.flow,
            error: input.staysInUse ? input.oldError : nil,
            at: Date()
        )
        if input.oldError != nil, !input.staysInUse { try transaction.resolveFailedUse(of: volume) }
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
            isWithinProject: true,
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
