internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Puts volumes into a group, all or none. Idempotent.
    ///
    /// - Parameters:
    ///   - reference: the group's complete name or id.
    ///   - volumes: the volumes' complete names or ids.
    /// - Throws: ``VolumeError``: `notPermitted`; `notFound`; `invalidInput` for a type that the group does not take;
    ///   `conflict` for a volume that is in another group, or neither available nor in use.
    @discardableResult
    public func addToGroup(_ reference: String, _ volumes: [String]) async throws(VolumeError) -> VolumeGroup {
        try await change(reference, volumes, "add", "to") { group, volume, subject in
            guard volume.group != group.id else { return false }
            guard volume.group == nil else { throw VolumeError.inGroup(volume, "cannot \(subject)") }
            guard [.available, .inUse].contains(volume.status) else {
                throw VolumeError.notMovable(volume, to: subject)
            }
            try group.requireType(volume.type, to: subject)
            return true
        }
    }

    /// Takes volumes out of a group, all or none; they stay volumes of the project. Idempotent.
    ///
    /// - Parameters:
    ///   - reference: the group's complete name or id.
    ///   - volumes: the volumes' complete names or ids.
    /// - Throws: ``VolumeError``: `notPermitted`; `notFound`; `conflict` for a volume that is in another group, or is being
    ///   created or removed.
    @discardableResult
    public func removeFromGroup(_ reference: String, _ volumes: [String]) async throws(VolumeError) -> VolumeGroup {
        try await change(reference, volumes, "remove", "from") { group, volume, subject in
            guard volume.group != nil else { return false }
            guard volume.group == group.id else { throw VolumeError.inGroup(volume, "cannot \(subject)") }
            guard !volume.status.isBeingCreated, volume.status != .deleting else {
                throw VolumeError.notMovable(volume, to: subject)
            }
            return true
        }
    }

    /// - Parameter concerns: whether the volume has to be moved; throws if it must not be.
    private func change(
        _ reference: String,
        _ volumes: [String],
        _ verb: String,
        _ preposition: String,
        _ concerns: @escaping @Sendable (VolumeGroup, Volume, _ subject: String) throws -> Bool
    ) async throws(VolumeError) -> VolumeGroup {
        let subject = "\(verb) volumes \(preposition) group \(reference.quoted)"
        try require(.updateGroup, "cannot \(subject)", instead: .listGroups)
        var ids: [VolumeID] = []
        for volume in volumes { ids.append(try await self.volume(named: volume).id) }
        return try await changeGroups(.updateGroup, to: subject) { [project, scope, ids] connection in
            let (groups, table) = (GroupTable(connection: connection), VolumeTable(connection: connection))
            let group = try groups.find(reference, project: project).orNoGroup(reference, to: subject)
            var isChanged = false
            for id in ids {
                let volume = try table.find(id, project: project).orMissing(id.description)
                let words = "\(verb) volume \"\(volume.label)\" \(preposition) group \"\(group.name)\""
                guard try concerns(group, volume, words) else { continue }
                try groups.move(id, to: volume.group == nil ? group.id : nil)
                isChanged = true
            }
            let changed = try groups.find(group.id).orNoGroup(reference)
            if isChanged {
                try EventTable(connection: connection).insert(Event("group.update.end", changed, by: scope))
            }
            return changed
        }
    }

    /// Removes a group, and returns it as it was.
    ///
    /// - Parameters:
    ///   - reference: a complete name or id.
    ///   - includingVolumes: whether its volumes and their data are removed first, each in a flow of its own that is waited
    ///     for. If one of them can't be removed, nothing is.
    /// - Throws: ``VolumeError``: `notPermitted`; `notFound`; `conflict` if it has volumes that are to stay or can't be removed;
    ///   what ``delete(_:control:)`` throws for the first volume whose removal fails.
    @discardableResult
    public func removeGroup(
        _ reference: String,
        includingVolumes: Bool = false,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> VolumeGroup {
        let subject = "remove group \(reference.quoted)"
        try require(.deleteGroup, "cannot \(subject)", instead: .showGroup(reference))
        let group = try await group(named: reference)
        if includingVolumes { try await removeVolumes(of: group, control) }
        return try await changeGroups(.deleteGroup, to: subject) { [project, scope] connection in
            let groups = GroupTable(connection: connection)
            let now = try groups.find(group.id).orNoGroup(reference)
            guard try groups.remove(group.id) else {
                let name = group.name.description
                let volumes = try VolumeTable(connection: connection).list(of: group.id, limit: 5).map(\.label)
                throw VolumeError(
                    .conflict,
                    "cannot remove group \"\(name)\": it has \(now.volumes.of("volume"))",
                    cause: volumes.joined(separator: ", ")
                        + (now.volumes > volumes.count ? " and \(now.volumes - volumes.count) more" : ""),
                    remedies: [.showGroup(name), .removeGroupWithVolumes(name)]
                )
            }
            try QuotaTable(connection: connection).release([.groups: 1], of: project)
            try EventTable(connection: connection).insert(Event("group.delete.end", group, by: scope))
            return group
        }
    }

    private func removeVolumes(of group: VolumeGroup, _ control: RequestControl) async throws(VolumeError) {
        try require(.deleteVolume, "cannot remove the volumes of group \"\(group.name)\"", instead: .listGroups)
        let volumes = try await read { connection in
            let table = VolumeTable(connection: connection)
            let volumes = try table.list(of: group.id)
            for volume in volumes { try table.requireRemovable(volume) }
            return volumes
        }
        for volume in volumes {
            if let pool = volume.pool { try await requireServed(pool, "group \"\(group.name)\" was not removed") }
        }
        var control = control
        control.waits = true
        for volume in volumes {
            do {
                try await delete(volume.id.description, control: control)
            } catch  where error.code == .notFound {
                // Another request has removed it.
            }
            control.flow = .random()
        }
    }
}

extension VolumeTable {
    /// Checks that a removal of the volume can begin.
    fileprivate func requireRemovable(_ volume: Volume) throws {
        guard volume.status != .deleting else { return }
        if volume.attributes.isProtected { throw VolumeError.protected(volume) }
        try requireTransition(of: volume, to: .deleting)
        let snapshots = SnapshotTable(connection: connection)
        try snapshots.requireNone(of: volume, among: snapshots.fetchCount(of: volume.id))
        try requireNoCopy(of: volume)
    }
}

extension VolumeError {
    /// The error for a change that a volume's membership in a group forbids.
    ///
    /// - Parameter headline: what failed.
    static func inGroup(_ volume: Volume, _ headline: String) -> VolumeError {
        let group = volume.groupName?.description ?? volume.group?.description ?? ""
        return VolumeError(
            .conflict,
            "\(headline): it is in group \"\(group)\"",
            cause: "a volume is in at most one group, and in one of its own project",
            remedies: [.showVolume(volume.label), .removeFromGroup(volume.label, group: group)]
        )
    }

    fileprivate static func notMovable(_ volume: Volume, to subject: String) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot \(subject): it is \(volume.status.rawValue)",
            cause: "flow \(volume.flow) was the last to change it",
            remedies: [.showVolume(volume.label), .showFlow(volume.flow)]
        )
    }
}
