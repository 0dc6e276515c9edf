internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The input of the flow that attaches or exports a volume.
struct AttachVolumeRequest: Fields {
    @Field var volume: VolumeID
    /// The host's name, for the record.
    @Field var host: String
    /// Whether nobody may write to it; left out for the volume's own mode.
    @Field var readOnly: Bool?
}

/// The flow that attaches or exports a volume.
///
/// After a failure that can't be undone the volume is `in-use`, so that it is not removed while a host may write to it.
func attachVolumeFlow(
    as kind: Attachment.Kind,
    pools: PoolRegistry
) throws(FlowCompilationError) -> Flow<AttachVolumeRequest> {
    let name =
        switch kind {
        case .attached: "attach-volume"
        case .exported: "export-volume"
        case .mounted: "mount-volume"
        }
    return try Flow(name, version: 2, taking: AttachVolumeRequest.self, upgrades: attachVolumeUpgrades) {
        MarkAttaching(kind: kind)
        GiveAccess(kind: kind, pools: pools)
        FinishAttachment()
    } concluding: { (request, end, transaction: SQLTransaction) in
        guard end.state == .failure else { return }
        try VolumeTable(connection: transaction.connection).record(end, of: request.volume, in: .attaching, as: .inUse)
    }
}

/// The upgrades that carry on flows of version 1, which knew no read-only access.
let attachVolumeUpgrades = [Upgrade(from: 1) { _ in }]

/// Moves the volume to status `attaching` and inserts its attachment.
struct MarkAttaching: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var host: String
        /// The directory at which it will be mounted, if any.
        @Field var directory: String?
        @Field var readOnly: Bool?
    }
    struct Output: Fields {
        @Field var pool: String
        /// Whether the access must refuse writes; left out for no.
        @Field var isReadOnly: Bool?
        /// The status before; `in-use` if the device has disappeared and is made again.
        @Field var oldStatus: VolumeStatus
        @Field var oldError: String?
        @Field var oldAttachment: Attachment?

        var before: UseBefore {
            UseBefore(pool: pool, oldStatus: oldStatus, oldError: oldError, oldAttachment: oldAttachment)
        }
    }
    static let name = "mark-attaching"
    let kind: Attachment.Kind

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Output {
        let (volumes, attachments) = transaction.tablesOfUse
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        let old = try attachments.find(volume.id)
        guard old == nil || old?.kind == kind && old?.mountPoint == input.directory else {
            throw VolumeError.inUse(volume, old, for: .attaching)
        }
        // A new device for an old attachment has the mode of the old one.
        let isReadOnly = input.readOnly == true || volume.attributes.isReadOnly || old?.access?.isReadOnly == true
        if let access = old?.access, isReadOnly, !access.isReadOnly {
            throw VolumeError.inUse(volume, old, for: .attaching)
        }
        let flow = TaskContext.required.flow
        try volumes.move(volume, to: .attaching, flow: flow, at: Date())
        try attachments.put(
            Attachment(
                volume: volume.id,
                kind: kind,
                host: input.host,
                mountPoint: input.directory,
                since: Date(),
                flow: flow
            )
        )
        guard let pool = volume.pool else { throw VolumeError.wrongStatus(volume, for: .attaching) }
        return Output(
            pool: pool,
            isReadOnly: isReadOnly ? true : nil,
            oldStatus: volume.status,
            oldError: volume.lastError,
            oldAttachment: old
        )
    }

    func revert(_ input: Input, output: Output, in transaction: SQLTransaction) throws {
        try transaction.restoreUse(of: input.volume, to: output.before)
    }
}

/// Makes the volume accessible on the pool's driver and verifies that it is.
struct GiveAccess: RevertibleTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var pool: String
        @Field var isReadOnly: Bool?
        @Field var oldStatus: VolumeStatus
    }
    struct Output: Fields {
        @Field var access: VolumeAccess
    }
    static let name = "give-access"
    let kind: Attachment.Kind
    let pools: PoolRegistry

    func execute(_ input: Input) async throws -> Output {
        let driver = try await pools.driver(of: input.pool)
        let context = TaskContext.required
        do {
            let access = try await DriverAccess(driver, kind)
                .give(input.volume, isReadOnly: input.isReadOnly == true, operation: context.operation)
            return Output(access: access)
        } catch {
            throw context.isRepetition ? error.leaving(driver.location(of: input.volume)) : error
        }
    }

    /// Ends the access, whatever the outcome of the execution, and verifies that it has ended. A volume that was in use
    /// before the flow keeps the access that it has.
    func revert(_ input: Input, after outcome: Outcome<Output>) async throws {
        guard input.oldStatus != .inUse else { return }
        let hadNoEffect = outcome.driverError?.hadNoEffect == true
        let access: DriverAccess
        let found: VolumeAccess?
        do {
            access = try await DriverAccess(pools.driver(of: input.pool), kind)
            found = try await access.look(at: input.volume)
        } catch let error as DriverError {
            // Without a look, only a call that can't have begun is known to have changed nothing.
            if hadNoEffect { return }
            throw error
        }
        if hadNoEffect && found == nil { return }
        do {
            try await access.take(input.volume, operation: TaskContext.required.operation)
        } catch {
            throw found.map { error.leaving($0.address) } ?? error
        }
    }
}

/// Moves the volume to status `in-use` and records where it is accessible.
struct FinishAttachment: TransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var access: VolumeAccess
        @Field var oldError: String?
    }
    static let name = "finish-attachment"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        let (volumes, attachments) = transaction.tablesOfUse
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        guard let attachment = try attachments.find(volume.id) else { throw VolumeError.taken(volume) }
        try volumes.move(volume, to: .inUse, flow: volume.flow, at: Date())
        try attachments.put(
            Attachment(
                volume: volume.id,
                kind: attachment.kind,
                host: attachment.host,
                access: input.access,
                mountPoint: attachment.mountPoint,
                since: attachment.since,
                flow: attachment.flow
            )
        )
        if input.oldError != nil { try transaction.resolveFailedUse(of: volume) }
        return Nothing()
    }
}

extension StartableOperation<AttachVolumeRequest> {
    static func attachVolume(as kind: Attachment.Kind, pools: PoolRegistry) throws(FlowCompilationError) -> Self {
        Self(
            try attachVolumeFlow(as: kind, pools: pools),
            rule: .attachVolume,
            retryPolicy: .goOnReverting,
            driverStep: GiveAccess.name,
            isRevertible: true,
            headline: { "volume \"\($0)\" was not \(kind.rawValue)" }
        )
    }
}
