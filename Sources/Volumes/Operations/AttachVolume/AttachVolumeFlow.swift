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
    /// The name of its user; left out for one without a name.
    @Field var holder: VolumeName?
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
    return try Flow(name, version: 4, taking: AttachVolumeRequest.self, upgrades: attachVolumeUpgrades) {
        MarkAttaching(kind: kind)
        GiveAccess(kind: kind, pools: pools)
        FinishAttachment()
    } concluding: { (request, end, transaction: SQLTransaction) in
        guard end.state == .failure else { return }
        try VolumeTable(connection: transaction.connection).record(end, of: request.volume, in: .attaching, as: .inUse)
    }
}

/// The upgrades that carry on flows of version 1, which knew no read-only access, of version 2, which knew no holders, and of
/// version 3, whose driver step did not know the host.
let attachVolumeUpgrades = [Upgrade(from: 1) { _ in }, Upgrade(from: 2) { _ in }, Upgrade(from: 3) { _ in }]

/// Moves the volume to status `attaching` and inserts the holder's attachment.
struct MarkAttaching: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var host: String
        /// The directory at which it will be mounted, if any.
        @Field var directory: String?
        @Field var readOnly: Bool?
        @Field var holder: VolumeName?
    }
    struct Output: Fields {
        @Field var pool: String
        /// Whether the access must refuse writes; left out for no.
        @Field var isReadOnly: Bool?
        /// The status before; `in-use` if others use the volume, or the device has disappeared and is made again.
        @Field var oldStatus: VolumeStatus
        @Field var oldError: String?
        /// The holder's attachment before.
        @Field var oldAttachment: Attachment?
    }
    static let name = "mark-attaching"
    let kind: Attachment.Kind

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Output {
        let (volumes, attachments) = transaction.tablesOfUse
        let found = try attachments.fetchList(of: input.volume)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        let uses = try found.value()
        let old = uses.first { $0.holder == input.holder }
        try requireCompatible(uses, input, volume)
        let isReadOnly = try isReadOnly(uses, input, volume)
        let flow = TaskContext.required.flow
        try volumes.move(volume, to: .attaching, flow: flow, at: Date())
        try attachments.put(
            Attachment(
                volume: volume.id,
                kind: kind,
                host: input.host,
                holder: input.holder,
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
        let (old, attachments) = (output.oldAttachment, transaction.tablesOfUse.1)
        if old == nil { try attachments.remove(input.volume, input.holder) }
        try transaction.restoreUse(
            of: input.volume,
            to: output.oldStatus,
            error: output.oldError,
            old.map { [$0] } ?? []
        )
    }

    /// Checks that the holder may use the volume beside those who do.
    private func requireCompatible(_ uses: [Attachment], _ input: Input, _ volume: Volume) throws(VolumeError) {
        let isSame = uses.allSatisfy { $0.kind == kind && $0.mountPoint == input.directory }
        guard isSame, uses.allSatisfy({ $0.holder == input.holder }) || volume.attributes.isMultiattach else {
            let rule: String? =
                if !volume.attributes.isMultiattach {
                    isSame ? "only a multiattach volume has several holders" : nil
                } else if uses.contains(where: { $0.kind == .mounted }) || kind == .mounted {
                    "a mounted file system is used alone, because a second writer would damage it"
                } else {
                    "all holders of a volume use it in the same way"
                }
            throw VolumeError.inUse(volume, uses, for: .attaching, rule: rule)
        }
    }

    /// Whether the access must refuse writes. All holders have the same device, so that it has one mode; a new device for an
    /// old attachment has the mode of the old one.
    private func isReadOnly(_ uses: [Attachment], _ input: Input, _ volume: Volume) throws(VolumeError) -> Bool {
        let isReadOnly = input.readOnly == true || volume.attributes.isReadOnly
        guard let used = uses.lazy.compactMap(\.access).first, used.isReadOnly != isReadOnly else {
            return isReadOnly
        }
        let isKnown = uses.contains { $0.holder == input.holder }
        guard isKnown, used.isReadOnly else {
            let rule = "all holders have the same device, which refuses writes for all or for none"
            throw VolumeError.inUse(volume, uses, for: .attaching, rule: uses.count > 1 || !isKnown ? rule : nil)
        }
        return true
    }
}

/// Makes the volume accessible on the pool's driver and verifies that it is.
struct GiveAccess: RevertibleTask, PlacedTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var pool: String
        @Field var host: String
        @Field var isReadOnly: Bool?
        @Field var oldStatus: VolumeStatus
    }
    struct Output: Fields {
        @Field var access: VolumeAccess
    }
    static let name = "give-access"
    let kind: Attachment.Kind
    let pools: PoolRegistry

    func place(for input: Input) -> Place? { .use(ofVolumeIn: input.pool, on: input.host) }

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
    /// before the flow, by this holder or others, keeps the access that it has.
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

/// Moves the volume to status `in-use` and records where it is accessible, for all holders.
struct FinishAttachment: TransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var access: VolumeAccess
        @Field var oldError: String?
        @Field var holder: VolumeName?
    }
    static let name = "finish-attachment"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        let (volumes, attachments) = transaction.tablesOfUse
        let found = try attachments.fetchList(of: input.volume)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        let uses = try found.value()
        guard uses.contains(where: { $0.holder == input.holder }) else { throw VolumeError.taken(volume) }
        try volumes.move(volume, to: .inUse, flow: volume.flow, at: Date())
        // A device that is made again may have another number.
        for use in uses where use.access != input.access {
            try attachments.put(use.changed(by: volume.flow, at: input.access))
        }
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
            isWithinProject: true,
            headline: { "volume \"\($0)\" was not \(kind.rawValue)" }
        )
    }
}
