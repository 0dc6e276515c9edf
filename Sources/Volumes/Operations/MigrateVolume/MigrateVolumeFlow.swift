internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The checked input of the flow that moves a volume to another pool.
struct MigrateVolumeRequest: Fields {
    @Field var volume: VolumeID
    @Field var project: String
    /// The pool that holds the volume.
    @Field var source: String
    /// The pool that gets it.
    @Field var pool: String
    /// The volume's exact size.
    @Field var actualSize: ByteCount
    /// The type that the volume gets; left out if it keeps its type.
    @Field var newType: String?
    /// What the type demands; left out without a type.
    @Field var extraSpecs: ExtraSpecs?
    /// The volume's name, for messages; left out by earlier versions.
    @Field var label: String?
}

/// The flow that moves a volume to another pool (`cinder: migrate_volume_generic`).
///
/// The volume's row names its second pool from the first transaction until the last, and the capacity is provisioned in both.
/// The content is copied and compared; then one transaction makes the target the volume's pool, and the old object is removed.
/// At every moment the object in the row's pool is complete. A flow that can't go back, because the old object is removed in
/// part, leaves the volume in its new pool in status `error_migrating`, and a retry removes the rest.
func migrateVolumeFlow(
    pools: PoolRegistry,
    limits: QuotaLimits
) throws(FlowCompilationError) -> Flow<MigrateVolumeRequest> {
    try Flow("migrate-volume", version: 1, taking: MigrateVolumeRequest.self) {
        SurveyPools(pools: pools)
        LookAtTarget(pools: pools)
        MarkMigrating(limits: limits)
        CreateOnTarget(pools: pools)
        CopyContent(pools: pools)
        SwitchPool(limits: limits)
        RemoveFromSource(pools: pools)
        FinishMigration()
    } concluding: { (request, end, transaction: SQLTransaction) in
        guard end.state == .failure else { return }
        try VolumeTable(connection: transaction.connection)
            .record(end, of: request.volume, in: .migrating, as: .errorMigrating)
    }
}

/// Makes sure that the target has no object of the volume, so that whatever is there later is this flow's own.
struct LookAtTarget: PureTask, PlacedTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var pool: String
        @Field var label: String?
    }
    static let name = "look-at-target"
    let pools: PoolRegistry

    func place(for input: Input) -> Place? { .pool(input.pool) }

    func execute(_ input: Input) async throws -> Nothing {
        let presence = try await pools.driver(of: input.pool).look(at: input.volume)
        guard presence == .absent else {
            throw VolumeError(
                .conflict,
                "volume \"\(input.label ?? input.volume.description)\" was not migrated: pool \(input.pool.quoted) has an object with its name",
                cause: presence.words,
                remedies: [.listPoolObjects(input.pool)]
            )
        }
        return Nothing()
    }
}

/// Moves the volume to status `migrating`, and claims room for it in the target.
struct MarkMigrating: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var source: String
        @Field var pool: String
        @Field var actualSize: ByteCount
        @Field var newType: String?
        @Field var extraSpecs: ExtraSpecs?
        @Field var reports: [PoolReport]
    }
    static let name = "mark-migrating"
    let limits: QuotaLimits

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        let volumes = VolumeTable(connection: transaction.connection)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        guard volume.pool == input.source, volume.size == input.actualSize else { throw VolumeError.taken(volume) }
        try volumes.requireMigratable(volume)
        if let type = input.newType { try transaction.requireType(type, for: volume, within: limits) }
        // The type, or what it demands, may have been changed since the request was made.
        let types = TypeTable(connection: transaction.connection)
        let type = try (input.newType ?? volume.type).flatMap { try types.find($0) }
        let specs = type.map { ExtraSpecs(values: $0.extraSpecs) } ?? input.extraSpecs ?? ExtraSpecs(values: [:])
        let verdicts = Scheduler()
            .judge(
                input.reports,
                provisioned: try ProvisionedTable(connection: transaction.connection).all(),
                for: Scheduler.Request(
                    size: .exactly(input.actualSize),
                    pool: input.pool,
                    extraSpecs: specs,
                    disabled: try DisabledPools(in: transaction.connection),
                    zones: specs.zones
                )
            )
        guard let size = verdicts.first(where: { $0.decision == .chosen })?.size else {
            throw VolumeError(
                .noValidPool,
                "volume \"\(volume.label)\" (\(volume.size)) was not migrated: pool \(input.pool.quoted) can't take it",
                remedies: input.reports.flatMap(\.remedies).prefix(1) + [.listPools],
                verdicts: verdicts
            )
        }
        guard size == volume.size else { throw VolumeError.unfitting(volume, in: input.pool, size) }
        try volumes.move(volume, to: .migrating, flow: TaskContext.required.flow, at: Date())
        try volumes.claim(volume, in: input.pool)
        return Nothing()
    }

    func revert(_ input: Input, output: Nothing, in transaction: SQLTransaction) throws {
        let volumes = VolumeTable(connection: transaction.connection)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        guard volume.flow == TaskContext.required.flow else { throw VolumeError.taken(volume) }
        try volumes.dropClaim(of: volume.id)
        try volumes.move(volume, to: .available, flow: volume.flow, at: Date())
    }
}

/// Makes the target the volume's pool, and the source its second one.
struct SwitchPool: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
        @Field var source: String
        @Field var pool: String
        @Field var newType: String?
    }
    struct Output: Fields {
        @Field var oldType: String?
        /// Whether several holders might use it before; left out for no.
        @Field var wasMultiattach: Bool?
    }
    static let name = "switch-pool"
    let limits: QuotaLimits

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Output {
        let volumes = VolumeTable(connection: transaction.connection)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        try volumes.switchPools(of: volume.id, from: input.source, to: input.pool)
        if let type = input.newType {
            try transaction.requireType(type, for: volume, within: limits)
            try transaction.retype(volume, to: type)
        }
        return Output(oldType: volume.type, wasMultiattach: volume.attributes.isMultiattach ? true : nil)
    }

    func revert(_ input: Input, output: Output, in transaction: SQLTransaction) throws {
        let volumes = VolumeTable(connection: transaction.connection)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        try volumes.switchPools(of: volume.id, from: input.pool, to: input.source)
        guard input.newType != nil else { return }
        try transaction.retype(volume, to: output.oldType, isMultiattach: output.wasMultiattach == true)
    }
}

/// Makes the volume available again, in its new pool only.
struct FinishMigration: TransactionalTask {
    struct Input: Fields {
        @Field var volume: VolumeID
    }
    static let name = "finish"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        let volumes = VolumeTable(connection: transaction.connection)
        let volume = try volumes.find(input.volume).orMissing(input.volume.description)
        try volumes.dropClaim(of: volume.id)
        try volumes.move(volume, to: .available, flow: volume.flow, at: Date())
        return Nothing()
    }
}

extension StartableOperation<MigrateVolumeRequest> {
    static func migrateVolume(pools: PoolRegistry, limits: QuotaLimits) throws(FlowCompilationError) -> Self {
        Self(
            try migrateVolumeFlow(pools: pools, limits: limits),
            rule: .migrateVolume,
            retryPolicy: .startOver(as: MigrateVolumeRequest.self) { service, flow, request, control in
                try await service.retryMigration(flow, request, control)
            },
            driverStep: CreateOnTarget.name,
            isRevertible: true,
            headline: { "volume \"\($0)\" was not migrated" }
        )
    }
}

extension VolumeTable {
    /// Makes sure that the volume can be moved now. Its status is checked when it is changed.
    func requireMigratable(_ volume: Volume) throws {
        let snapshots = try SnapshotTable(connection: connection).list(of: volume.id, limit: 1).0
        guard snapshots.isEmpty, snapshots.unreadable.isEmpty else {
            throw VolumeError(
                .conflict,
                "volume \"\(volume.label)\" was not migrated: it has snapshots, which would stay behind",
                remedies: [.listSnapshots(volume: volume.label), .showVolume(volume.label)]
            )
        }
        try requireNoCopy(of: volume)
    }
}

extension VolumeError {
    /// A volume can't have its exact size in another pool.
    fileprivate static func unfitting(_ volume: Volume, in pool: String, _ size: ByteCount) -> VolumeError {
        VolumeError(
            .conflict,
            "volume \"\(volume.label)\" was not migrated: pool \(pool.quoted) can't have a volume of \(volume.size.bytes) bytes",
            cause: "the next size in its allocation units is \(size.bytes) bytes",
            remedies: [.resizeVolume(volume.label, to: size), .showPool(pool)]
        )
    }
}
