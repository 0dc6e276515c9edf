public import Identity
internal import Programs
public import VolumeDriver

extension RBDDriver {
    /// Removes the volume's image, and temporary snapshots that were created for it.
    public func delete(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        let action = "delete volume '\(volume)'"
        try await alone(with: volume, action) { () async throws(DriverError) in try await delete(volume, action) }
    }

    private func delete(_ volume: VolumeID, _ action: String) async throws(DriverError) {
        guard let image = try await image(volume, action) else {
            switch try await settledPresence(of: volume, action) {
            case .absent: return try await removeStrayScaffolds(for: volume, action)
            case .partial: return try await clearAway(volume, action)
            case .complete: return try await delete(volume, action)
            }
        }
        // A snapshot that is created after this check makes the removal fail, which is reported, too.
        if image.snapshotCount != 0 { try await dismantle(volume, action) }
        try await remove(volume, action)
        if let parent = image.parent { try await removeScaffold(for: volume, of: parent, action) }
    }

    /// Removes the temporary snapshot of the volume's `parent` that an interrupted call has left.
    private func removeScaffold(
        for volume: VolumeID,
        of parent: RBDImage.Parent,
        _ action: String
    ) async throws(DriverError) {
        guard parent.pool == access.pool, let source = VolumeID(backendName: parent.image) else { return }
        let scaffolds = [Scaffold.clone(as: volume), Scaffold.growth(of: volume)]
        for snapshot in try await snapshots(of: source, action) ?? [] where scaffolds.contains(snapshot.name) {
            try await removeSnapshot(snapshot.name, of: source, action)
        }
    }

    /// Removes temporary snapshots of other volumes that were created for this one, which never came to exist.
    private func removeStrayScaffolds(for volume: VolumeID, _ action: String) async throws(DriverError) {
        let scaffolds = [Scaffold.clone(as: volume), Scaffold.growth(of: volume)]
        for listing in try await listings(action) {
            guard let snapshot = listing.snapshot, scaffolds.contains(snapshot) else { continue }
            guard let source = VolumeID(backendName: listing.image) else { continue }
            try await removeSnapshot(snapshot, of: source, action)
        }
    }

    /// Removes an unusable image with all its remains.
    func clearAway(_ volume: VolumeID, _ action: String) async throws(DriverError) {
        try await remove(volume, action)
        guard try await presence(of: volume, action) == .partial else { return }
        throw DriverError(
            .broken,
            "cannot \(action): the remains of '\(spec(volume))' can't be removed",
            remedy: "check the objects 'rbd_id.\(volume.backendName)' and 'rbd_directory' in pool '\(access.pool)'",
            leftBehind: spec(volume)
        )
    }

    private func remove(_ volume: VolumeID, _ action: String) async throws(DriverError) {
        let end = ContinuousClock.now + patience
        while true {
            let answer = try await tool.rbd(
                ["rm", "--no-progress", spec(volume)],
                action,
                expecting: [.notFound, .busy, .notEmpty, .stale],
                timeLimit: CephTool.dataTimeLimit,
                leftBehind: spec(volume)
            )
            switch answer.errno {
            case nil, .notFound: return
            case .notEmpty: throw DriverError(.busy, "cannot \(action): it has snapshots", answer.call, answer.result)
            default: break
            }
            // A concurrent removal has it open for some milliseconds.
            if try await endIdleTransfer(volume, action) { continue }
            guard ContinuousClock.now < end else { throw await inUse(volume, action) }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Removes this driver's temporary snapshots; throws `busy` if there are other snapshots.
    private func dismantle(_ volume: VolumeID, _ action: String) async throws(DriverError) {
        let snapshots = try await snapshots(of: volume, action) ?? []
        let others = snapshots.map(\.name).filter { !Scaffold.isScaffold($0) }
        guard others.isEmpty else {
            throw DriverError(
                .busy,
                "cannot \(action): it has snapshots",
                cause: others.joined(separator: ", "),
                remedy: "delete its snapshots first",
                mayRetry: false
            )
        }
        for snapshot in snapshots { try await removeSnapshot(snapshot.name, of: volume, action) }
    }

    /// The error for an image that is open, with the clients that have it open.
    func inUse(_ volume: VolumeID, _ action: String) async -> DriverError {
        let users = try? await ImageUsers.ask(tool, spec(volume), action)
        return DriverError(
            .busy,
            "cannot \(action): '\(spec(volume))' is open",
            cause: users?.description,
            remedy: users?.remedy ?? "see where: `rbd status \(spec(volume))`"
        )
    }
}
