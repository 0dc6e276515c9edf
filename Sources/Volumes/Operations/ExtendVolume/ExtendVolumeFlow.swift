internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The input of the flow that extends a volume.
struct ExtendVolumeRequest: Fields {
    @Field var volume: VolumeID
    @Field var project: String
    /// The pool that holds it.
    @Field var pool: String?
    /// The new size as requested; the pool may round it up.
    @Field var size: ByteCount
    /// The extra specs of the volume's type; `nil` without a type.
    @Field var extraSpecs: ExtraSpecs?
    /// The volume's name, for messages; left out by earlier versions.
    @Field var label: String?
}

/// The flow that extends a volume.
///
/// All steps before the driver's share one transaction, in which the volume's size, its quota and the provisioned capacity
/// of its pool grow together. The outcome is a second transaction.
///
/// The volume's row has the new size from the first transaction on. If the extension fails and the volume's size can't be
/// found out, the volume gets status `error_extending` and its quota counts the new size. The same request completes the
/// extension.
func extendVolumeFlow(
    pools: PoolRegistry,
    limits: QuotaLimits
) throws(FlowCompilationError) -> Flow<ExtendVolumeRequest> {
    try Flow("extend-volume", version: 1, taking: ExtendVolumeRequest.self) {
        SurveyPools(pools: pools, asksDisabled: true)
        MarkExtending()
        ClaimRoom()
        ReserveQuota<ExtendVolumeQuota>(limits: limits)
        ExtendOnDriver(pools: pools)
        FinishExtension()
    } concluding: { (request, end, transaction: SQLTransaction) in
        if end.state == .success {
            try transaction.resolveFailures(
                of: "extend-volume",
                mentioning: request.volume.description,
                note: "resolved by flow \(end.flow)"
            )
        }
        guard end.state == .failure else { return }
        try VolumeTable(connection: transaction.connection)
            .record(end, of: request.volume, in: .extending, as: .errorExtending)
        // The volume's record has the new size.
        try QuotaTable(connection: transaction.connection).commit(end.flow)
    }
}

extension StartableOperation<ExtendVolumeRequest> {
    static func extendVolume(pools: PoolRegistry, limits: QuotaLimits) throws(FlowCompilationError) -> Self {
        Self(
            try extendVolumeFlow(pools: pools, limits: limits),
            rule: .extendVolume,
            retryPolicy: .startOver(as: ExtendVolumeRequest.self) { service, _, request, control in
                _ = try await service.resize("\(request.volume)", to: .exactly(request.size), control: control)
            },
            driverStep: ExtendOnDriver.name,
            isRevertible: false,
            isWithinProject: true,
            headline: { "volume \"\($0)\" was not extended" }
        )
    }
}

/// Moves the volume to status `extending`.
struct MarkExtending: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var pool: String?
    }
    struct Output: Fields {
        @Field var oldStatus: VolumeStatus
        @Field var oldError: String?
        @Field var oldSize: ByteCount
    }
    static let name = "mark-extending"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Output {
        let volumes = VolumeTable(connection: transaction.connection)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        guard volume.pool == input.pool else { throw VolumeError.taken(volume) }
        try volumes.move(volume, to: .extending, flow: TaskContext.required.flow, at: Date())
        return Output(oldStatus: volume.status, oldError: volume.lastError, oldSize: volume.size)
    }

    func revert(_ input: Input, output: Output, in transaction: SQLTransaction) throws {
        let volumes = VolumeTable(connection: transaction.connection)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        try volumes.move(volume, to: output.oldStatus, flow: volume.flow, error: output.oldError, at: Date())
    }
}

/// Sets the volume's size to the requested one, rounded up to the pool's allocation unit, if the pool has room for the growth.
struct ClaimRoom: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var pool: String?
        @Field var size: ByteCount
        @Field var oldSize: ByteCount
        @Field var extraSpecs: ExtraSpecs?
        @Field var reports: [PoolReport]
    }
    struct Output: Fields {
        /// The new size, rounded up.
        @Field var actualSize: ByteCount
    }
    static let name = "claim-room"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Output {
        let volumes = VolumeTable(connection: transaction.connection)
        let growth = input.size.subtracting(input.oldSize)
        // An earlier extension that failed has grown the row already.
        guard growth > .zero else { return Output(actualSize: input.oldSize) }
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        try transaction.connection.lock(input.reports.map { .space(of: $0) })
        let verdicts = Scheduler()
            .judge(
                input.reports,
                provisioned: try ProvisionedTable(connection: transaction.connection).all(),
                for: Scheduler.Request(
                    size: .exactly(growth),
                    pool: input.pool,
                    // The volume stays in its pool, whatever its type demands by now.
                    extraSpecs: input.extraSpecs?.settings ?? ExtraSpecs(values: [:]),
                    // The pool's filter function judges the volume as it will be.
                    volume: .init(
                        name: volume.name?.description,
                        project: volume.project,
                        type: volume.type,
                        size: input.size.gibibytes
                    )
                )
            )
        guard let added = verdicts.first(where: { $0.decision == .chosen })?.size,
            let size = input.oldSize.adding(added)
        else {
            throw VolumeError.noRoom(
                for: volume,
                from: input.oldSize,
                to: input.size,
                verdicts,
                remedies: input.reports.flatMap(\.remedies)
            )
        }
        try volumes.resize(input.volume, from: input.oldSize, to: size)
        return Output(actualSize: size)
    }

    func revert(_ input: Input, output: Output, in transaction: SQLTransaction) throws {
        try VolumeTable(connection: transaction.connection)
            .resize(input.volume, from: output.actualSize, to: input.oldSize)
    }
}

/// The quota that the growth of a volume uses.
struct ExtendVolumeQuota: QuotaRequest {
    @Field var volume: VolumeID
    @Field var project: String
    @Field var oldSize: ByteCount
    @Field var actualSize: ByteCount
    @Field var label: String?

    private var growth: ByteCount { actualSize.subtracting(oldSize) }

    var amounts: QuotaAmounts { growth > .zero ? [.gigabytes: growth.bytes] : [:] }
    var ceilings: QuotaAmounts { growth > .zero ? [.perVolumeGigabytes: actualSize.bytes] : [:] }

    func type(in connection: any SQLConnection) throws -> String? {
        try VolumeTable(connection: connection).find(volume)?.type
    }

    func refusal(_ error: QuotaExceeded) -> VolumeError {
        VolumeError(
            .quotaExceeded,
            "cannot extend volume \"\(label ?? volume.description)\" to \(actualSize): "
                + (error.isOfOneVolume ? "it would be larger than a volume may be" : error.words),
            cause: error.numbers,
            remedies: error.raises + [.showQuota]
        )
    }
}

/// Restores the volume's status and commits its quota.
struct FinishExtension: TransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
    }
    static let name = "finish"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        let volumes = VolumeTable(connection: transaction.connection)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        // The volume may have been in use before an earlier extension that failed.
        let isInUse = try !AttachmentTable(connection: transaction.connection).list(of: input.volume).isEmpty
        try volumes.move(volume, to: isInUse ? .inUse : .available, flow: volume.flow, at: Date())
        try QuotaTable(connection: transaction.connection).commit(TaskContext.required.flow)
        return Nothing()
    }
}

extension VolumeError {
    fileprivate static func noRoom(
        for volume: Volume,
        from oldSize: ByteCount,
        to size: ByteCount,
        _ verdicts: [PoolVerdict],
        remedies: [Remedy]
    ) -> VolumeError {
        let largest = verdicts.first?.room.flatMap { oldSize.adding($0.largest)?.wholeUnits }
        let isRefused = verdicts.contains { $0.filter == "DriverFilter" }
        let fitting = largest.flatMap { !isRefused && $0 > oldSize ? Remedy.resizeVolume(volume.label, to: $0) : nil }
        return VolumeError(
            .noValidPool,
            "cannot extend volume \"\(volume.label)\" to \(size): "
                + "pool \"\(volume.pool ?? "")\" "
                + (isRefused
                    ? "has a filter function that refuses it" : "can't take \(size.subtracting(oldSize)) more"),
            remedies: (fitting.map { [$0] } ?? []) + remedies.prefix(1)
                + (isRefused ? [.showPool(volume.pool ?? "")] : []) + [.listPools],
            verdicts: verdicts
        )
    }
}
