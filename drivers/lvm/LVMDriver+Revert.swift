public import Identity
public import VolumeDriver

extension LVMDriver: RevertingDriver {
    /// The time limit of a merge, which may copy the whole volume.
    private static let mergeTimeLimit = Duration.seconds(24 * 3600)

    /// Merges the snapshot into the volume, which consumes it, and restores it: a thin snapshot by a snapshot of itself
    /// that takes its place, a classic one by a new snapshot of the volume, which has the same content then.
    ///
    /// The remains of an interrupted call show where to continue.
    public func revert(
        _ volume: VolumeID,
        to snapshot: SnapshotID,
        operation: OperationID
    ) async throws(DriverError) {
        let action = "revert volume '\(volume)' to snapshot '\(snapshot)'"
        try await exclusively(volume) { () throws(DriverError) in
            try await completeRevert(volume, snapshot, operation, action)
            let holdings = try await holdings(of: volume, to: action)
            let found = try usable(volume, holdings, to: action)
            let (source, size) = try usable(snapshot, holdings, to: action)
            try refuseIfAttached(found, to: action)
            guard found.presence == .complete(size), source.attributes.isThinVolume == found.attributes.isThinVolume,
                source.attributes.isThinVolume || source.origin == found.name
            else {
                throw DriverError(
                    .refused,
                    "cannot \(action): the volume has \(found.size.bytes) bytes, the snapshot \(size.bytes)",
                    remedy: "create a volume from the snapshot instead"
                )
            }
            // A read-only attachment whose begin or end was killed.
            if found.attributes.isReadOnly { try await tools.permitWrites(found.name, to: action) }
            if source.attributes.isThinVolume {
                try await revertThin(volume, to: snapshot, source, operation, action)
            } else {
                try await revertThick(found, to: snapshot, source, action)
            }
            try await completeRevert(volume, snapshot, operation, action)
        }
    }

    private func revertThin(
        _ volume: VolumeID,
        to snapshot: SnapshotID,
        _ source: LogicalVolume,
        _ operation: OperationID,
        _ action: String
    ) async throws(DriverError) {
        if try await holdings(of: volume, to: action).kept(snapshot) == nil {
            let tags = tags(volume, operation) + [Tag.snapshot(snapshot), Tag.size(source.size)]
            try await tools.run(action, "lvcreate", snapshotArguments(snapshot.keptName, of: source, tags: tags))
        }
        if source.origin == volume.backendName {
            try await tools.run(action, "lvconvert", ["--yes", "--merge", tools.path(source.name)])
        }
    }

    private func revertThick(
        _ volume: LogicalVolume,
        to snapshot: SnapshotID,
        _ source: LogicalVolume,
        _ action: String
    ) async throws(DriverError) {
        try await tools.retag(volume.name, adding: [Tag.reverting(to: snapshot), Tag.resting], to: action)
        // The merge of an inactive volume would be delayed until its next activation.
        if !volume.attributes.isActive { try await tools.activate(volume.name, to: action) }
        if !source.attributes.isMergingSnapshot {
            try await tools.run(
                action,
                "lvconvert",
                ["--yes", "--merge", tools.path(source.name)],
                timeLimit: Self.mergeTimeLimit
            )
        }
    }

    /// Restores the snapshot if a merge has consumed it.
    private func completeRevert(
        _ volume: VolumeID,
        _ snapshot: SnapshotID,
        _ operation: OperationID,
        _ action: String
    ) async throws(DriverError) {
        var holdings = try await holdings(of: volume, to: action)
        if let kept = holdings.kept(snapshot) {
            guard holdings.snapshot(snapshot) == nil else { return }
            return try await tools.rename(kept.name, to: snapshot.logicalVolumeName, for: action)
        }
        let mark = Tag.reverting(to: snapshot)
        guard let found = holdings.volume, found.tags.contains(mark) else { return }
        if holdings.snapshot(snapshot)?.attributes.isMergingSnapshot == true {
            holdings = try await mergeEnded(volume, snapshot, found, action)
        }
        if holdings.snapshot(snapshot) == nil {
            try await makeSnapshot(snapshot, of: volume, found, operation, to: action)
        }
        try await tools.deactivate(found.name, to: action)
        try await tools.retag(found.name, removing: [mark, Tag.resting], to: action)
    }

    /// Waits for a merge that continues after its command.
    private func mergeEnded(
        _ volume: VolumeID,
        _ snapshot: SnapshotID,
        _ found: LogicalVolume,
        _ action: String
    ) async throws(DriverError) -> Holdings {
        if !found.attributes.isActive { try await tools.activate(found.name, to: action) }
        while true {
            try DriverError.checkCancellation(of: action, leftBehind: "a running merge: `lvs -a \(tools.group)`")
            try await tools.run(action, "lvchange", ["--poll", "y", tools.path(found.name)])
            let holdings = try await holdings(of: volume, to: action)
            guard holdings.snapshot(snapshot)?.attributes.isMergingSnapshot == true else { return holdings }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }
}
