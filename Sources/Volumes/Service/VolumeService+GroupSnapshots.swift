internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Creates a snapshot of each volume of a group, all or none: one after the other, not at one moment. Returns when they are
    /// available, unless `control` says otherwise.
    ///
    /// - Parameters:
    ///   - reference: the group's complete name or id.
    ///   - name: the name of each of them, unique in its volume; `nil` for none.
    /// - Throws: ``VolumeError``: `notPermitted`; `notFound`; `conflict` if the group has no volumes, and what
    ///   ``createSnapshot(_:control:)`` throws for a volume.
    /// - Returns: the snapshots, in the order of the volumes.
    @discardableResult
    public func createGroupSnapshot(
        _ reference: String,
        named name: VolumeName? = nil,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> [CreatedSnapshot] {
        let group = try await group(named: reference)
        let label = group.name.description
        let headline = try catalog.createGroupSnapshot.operation.headline(label)
        try require(.createGroupSnapshot, headline, instead: .showGroup(label))
        let volumes = try await volumes(ofGroup: group.id.description)
        guard !volumes.isEmpty else {
            throw VolumeError(
                .conflict,
                "\(headline): it has no volumes",
                remedies: [.showGroup(label), .listVolumes]
            )
        }
        for volume in volumes {
            guard volume.status.allowsSnapshots, let pool = volume.pool else {
                throw VolumeError.notSnapshottable(volume, name.map { "\(volume.label)@\($0)" } ?? volume.label)
            }
            try await requireFeature(.snapshot, of: pool, copying: volume, headline)
        }
        let hosts = Set(volumes.compactMap { $0.pool.flatMap { PoolName($0).host } })
        guard hosts.count <= 1 else {
            throw VolumeError(
                .conflict,
                "\(headline): its volumes are on several hosts",
                cause: "the hosts are \(hosts.sorted().joined(separator: ", "))",
                remedies: [.advice("create a snapshot of each volume"), .showGroup(label)]
            )
        }
        do {
            try store.requireRoom()
        } catch {
            throw VolumeError(translating: error).beforeAnything
        }
        let members = volumes.map { CreateGroupSnapshotRequest.Member(snapshot: .random(), volume: $0.id) }
        try await run(
            catalog.createGroupSnapshot,
            CreateGroupSnapshotRequest(group: group.id, name: name, members: members),
            subject: label,
            control: control
        )
        var created: [CreatedSnapshot] = []
        for (volume, member) in zip(volumes, members) {
            created.append(
                CreatedSnapshot(
                    snapshot: try await snapshot(member.snapshot),
                    isNew: true,
                    isCrashConsistent: volume.status == .inUse
                )
            )
        }
        return created
    }
}
