public import Identity
internal import SQL
internal import SQLStore
public import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Creates a snapshot. Returns when the snapshot is available, unless `control` says otherwise.
    ///
    /// A second request with the same name and no id is refused, because it asks for the volume's present data.
    ///
    /// - Throws: ``VolumeError``: `notFound`; `conflict` when the name is taken, or the volume is not available;
    ///   `quotaExceeded`; `driverFailed`, also when the pool's driver can't make snapshots. The snapshot does then not exist,
    ///   except after `revertIncomplete` and `timedOut`.
    public func createSnapshot(
        _ request: SnapshotRequest,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> CreatedSnapshot {
        let volume = try await volume(named: request.volume)
        if request.isIDSupplied, let existing = try await storedSnapshot(request.id), existing.project == project {
            guard existing.volume == volume.id, existing.name == request.name,
                [.creating, .available].contains(existing.status)
            else { throw VolumeError.snapshotIDTaken(request.id) }
            return CreatedSnapshot(snapshot: existing, isNew: false)
        }
        let label = SnapshotReference.label(request.id, named: request.name, of: volume.label)
        guard volume.status.allowsSnapshots, let pool = volume.pool else {
            throw VolumeError.notSnapshottable(volume, label)
        }
        try await requireFeature(.snapshot, of: pool, copying: volume, "cannot create snapshot \"\(label)\"")
        do {
            try store.requireRoom()
        } catch {
            throw VolumeError(translating: error).beforeAnything
        }
        try await run(
            catalog.createSnapshot,
            CreateSnapshotRequest(snapshot: request.id, name: request.name, volume: volume.id),
            subject: label,
            control: control
        )
        return CreatedSnapshot(
            snapshot: try await snapshot(request.id),
            isNew: true,
            isCrashConsistent: volume.status == .inUse
        )
    }

    /// Removes a snapshot. Returns when the snapshot is gone, unless `control` says otherwise.
    ///
    /// If another request is removing the snapshot, this waits for the outcome, and removes the snapshot if that
    /// removal fails.
    ///
    /// - Parameter reference: a complete name or id.
    /// - Throws: ``VolumeError``: `notFound`; `conflict` while another request works on it or uses it; `driverFailed`
    ///   when the snapshot is as it was before; `revertIncomplete` when part of it is gone.
    /// - Returns: the flow that removes the snapshot.
    @discardableResult
    public func deleteSnapshot(
        _ reference: String,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> FlowID {
        var (snapshot, control) = (try await snapshot(named: reference), control)
        while true {
            guard try await isUnderWay(snapshot) else {
                do {
                    return try await remove(snapshot, control)
                } catch  where error.code == .conflict {
                    // Another request may have been faster.
                    guard let now = try await storedSnapshot(snapshot.id) else {
                        throw VolumeError.noSnapshot(reference)
                    }
                    guard try await isUnderWay(now) else { throw error }
                    (snapshot, control.flow) = (now, .random())
                }
                continue
            }
            guard control.waits else { return snapshot.flow }
            try await awaitEnd(of: snapshot.flow, control)
            guard let left = try await storedSnapshot(snapshot.id) else { return snapshot.flow }
            snapshot = left
        }
    }

    /// Removes all snapshots of a volume, the newest first, each in a flow of its own, so that an interruption leaves
    /// no more than one removal unfinished.
    ///
    /// - Throws: what ``deleteSnapshot(_:control:)`` throws for the first snapshot that can't be removed.
    public func deleteSnapshots(
        of reference: String,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) {
        let volume = try await volume(named: reference)
        var control = control
        control.waits = true
        let snapshots = try await snapshotPages(of: volume.id).joined()
        if let damaged = snapshots.unreadable.first { throw VolumeError(damaged) }
        for snapshot in snapshots.readable.reversed() {
            do {
                try await deleteSnapshot(snapshot.id.description, control: control)
            } catch  where error.code == .notFound {
                // Another request has removed it.
            }
            control.flow = .random()
        }
    }

    /// Whether another request is removing the snapshot or retrying a failed flow on it.
    private func isUnderWay(_ snapshot: Snapshot) async throws(VolumeError) -> Bool {
        switch snapshot.status {
        case .deleting: return true
        case .creating, .available, .uploading: return false
        case .error, .errorDeleting:
            return try await isUnderWay(snapshot.flow)
        }
    }

    private func remove(_ snapshot: Snapshot, _ control: RequestControl) async throws(VolumeError) -> FlowID {
        if snapshot.status == .error, try await isOpen(snapshot.flow) {
            // Its creation could not be undone: retry that.
            try await retry(snapshot.flow, control: control)
            return snapshot.flow
        }
        if let pool = snapshot.pool {
            try await requireFeature(.snapshot, of: pool, "snapshot \"\(snapshot.label)\" was not deleted")
        }
        try await run(
            catalog.deleteSnapshot,
            DeleteSnapshotRequest(snapshot: snapshot.id),
            subject: snapshot.label,
            control: control
        )
        return control.flow
    }

    /// Retries a removal that failed and could not be undone. An untouched snapshot becomes available again; otherwise
    /// the rest of the snapshot is removed.
    func retryRemoval(_ flow: FlowDetail, of id: SnapshotID, _ control: RequestControl) async throws {
        let snapshot = try await snapshot(id)
        guard snapshot.flow == flow.id else { throw VolumeError.taken(snapshot) }
        let operation = try catalog.deleteSnapshot.operation
        guard let ended = try await revertAgain(flow.id, operation, control), ended.state == .failure else { return }
        let isVisible = try await Abortable(control, "remove snapshot \"\(snapshot.label)\"")
            .run { _ in
                if case .found = await backendState(of: snapshot) { true } else { false }
            }
        guard isVisible else { throw failure(of: ended, headline: operation.headline(snapshot.label)) }
        try await deleteSnapshot("\(id)", control: control)
    }
}
