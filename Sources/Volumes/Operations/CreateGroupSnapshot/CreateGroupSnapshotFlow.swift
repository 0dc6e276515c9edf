internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The input of the flow that creates a snapshot of each volume of a group.
struct CreateGroupSnapshotRequest: Fields {
    /// A new snapshot of a member.
    struct Member: Codable, Sendable, Hashable {
        let snapshot: SnapshotID
        let volume: VolumeID
    }

    @Field var group: GroupID
    /// The name of all snapshots, each in its volume.
    @Field var name: VolumeName?
    /// All volumes of the group, oldest first.
    @Field var members: [Member]
}

/// A snapshot that is created, and where.
struct GroupSnapshotPlace: Codable, Sendable, Hashable {
    let snapshot: SnapshotID
    let volume: VolumeID
    let pool: String
    let size: ByteCount
    /// Whether the volume may be written to meanwhile; left out for no.
    let isInUse: Bool?
}

/// The flow that creates a snapshot of each volume of a group, all or none (`cinder: group snapshot`, without
/// `consistent_group_snapshot_enabled`): one after the other, not at one moment.
///
/// One transaction checks the volumes, inserts all rows and reserves the quota of all; another makes all available.
func createGroupSnapshotFlow(
    pools: PoolRegistry,
    limits: QuotaLimits
) throws(FlowCompilationError) -> Flow<CreateGroupSnapshotRequest> {
    try Flow("create-group-snapshot", version: 1, taking: CreateGroupSnapshotRequest.self) {
        CreateGroupSnapshotEntries(limits: limits)
        SnapshotGroupOnDrivers(pools: pools)
        FinishGroupSnapshot()
    } concluding: { (request, end, transaction: SQLTransaction) in
        guard end.state == .failure else { return }
        for member in request.members {
            try SnapshotTable(connection: transaction.connection)
                .record(end, of: member.snapshot, in: .creating, as: .error)
        }
    }
}

/// Inserts the rows of all snapshots in status `creating` and reserves their quota, if the group still has these volumes and
/// their statuses allow snapshots.
struct CreateGroupSnapshotEntries: RevertibleTransactionalTask {
    struct Input: Fields {
        @Field var group: GroupID
        @Field var name: VolumeName?
        @Field var members: [CreateGroupSnapshotRequest.Member]
    }
    struct Output: Fields {
        @Field var places: [GroupSnapshotPlace]
    }
    static let name = "create-group-snapshot-entries"
    let limits: QuotaLimits

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Output {
        let (connection, flow) = (transaction.connection, TaskContext.required.flow)
        let group = try GroupTable(connection: connection).find(input.group).orNoGroup(input.group.description)
        let volumes = try VolumeTable(connection: connection).list(of: group.id)
        guard volumes.map(\.id) == input.members.map(\.volume) else {
            throw VolumeError(
                .conflict,
                "cannot create snapshots of group \"\(group.name)\": its volumes have changed meanwhile",
                remedies: [.showGroup(group.name.description), .advice("try again")]
            )
        }
        var amounts = QuotaAmounts()
        let places = try zip(volumes, input.members)
            .map { volume, member in
                let label = SnapshotReference.label(member.snapshot, named: input.name, of: volume.label)
                guard volume.status.allowsSnapshots, let pool = volume.pool else {
                    throw VolumeError.notSnapshottable(volume, label)
                }
                try SnapshotTable(connection: connection)
                    .insert(member.snapshot, named: input.name, of: volume, flow: flow, at: Date())
                amounts.add(.snapshot(volume.size, type: volume.type))
                return GroupSnapshotPlace(
                    snapshot: member.snapshot,
                    volume: volume.id,
                    pool: pool,
                    size: volume.size,
                    isInUse: volume.isInUse
                )
            }
        let quota = QuotaTable(connection: connection)
        do {
            try quota.check(amounts, ceilings: [:], of: group.project, within: limits)
        } catch let error as QuotaExceeded {
            throw VolumeError(
                .quotaExceeded,
                "cannot create snapshots of group \"\(group.name)\" (\(places.count) volumes): \(error.words)",
                cause: error.numbers,
                remedies: error.raises + [.showQuota, .listSnapshots(volume: nil)]
            )
        }
        try quota.reserve(amounts, for: flow, of: group.project)
        return Output(places: places)
    }

    func revert(_ input: Input, output: Output, in transaction: SQLTransaction) throws {
        for member in input.members {
            try SnapshotTable(connection: transaction.connection).remove(member.snapshot)
        }
        try QuotaTable(connection: transaction.connection).cancel(TaskContext.required.flow)
    }
}

/// Makes all snapshots available and commits their quota.
struct FinishGroupSnapshot: TransactionalTask {
    struct Input: Fields {
        @Field var members: [CreateGroupSnapshotRequest.Member]
    }
    static let name = "finish-group-snapshot"

    func execute(_ input: Input, in transaction: SQLTransaction) throws -> Nothing {
        try transaction.finishSnapshots(input.members.map(\.snapshot))
        return Nothing()
    }
}

extension StartableOperation<CreateGroupSnapshotRequest> {
    static func createGroupSnapshot(pools: PoolRegistry, limits: QuotaLimits) throws(FlowCompilationError) -> Self {
        Self(
            try createGroupSnapshotFlow(pools: pools, limits: limits),
            rule: .createGroupSnapshot,
            retryPolicy: .goOnReverting,
            driverStep: SnapshotGroupOnDrivers.name,
            isRevertible: true,
            headline: { "the snapshots of group \"\($0)\" were not created" }
        )
    }
}
