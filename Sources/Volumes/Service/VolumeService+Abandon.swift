internal import FoundationEssentials
public import Identity
internal import SQL
internal import SQLStore
public import TaskFlow
public import VolumeAPI

extension VolumeService {
    /// Gives up a flow that can't be carried on or undone, or whose record can't be read. This is recorded, and the
    /// flow is no longer recovered or retried.
    ///
    /// Its volume stays, in status `error` or `error_deleting`, and can be removed. One that was being attached or detached is
    /// `in-use`, and can be detached; one that was being migrated is `available`.
    ///
    /// - Parameter forgettingBackend: whether to remove the volume's record and release its quota instead, leaving its
    ///   data, if any, in the pool. A volume that was being attached or detached stays, and becomes `available` unless other
    ///   holders use it.
    /// - Returns: the volumes and snapshots that the flow was working on.
    /// - Throws: `notFound`; `conflict` when the flow has succeeded or was reverted, or a live process runs it.
    @discardableResult
    public func abandon(_ flow: FlowID, forgettingBackend: Bool) async throws(VolumeError) -> AbandonedObjects {
        try require(.abandonFlow, "flow \(flow) was not abandoned", instead: .showFlow(flow))
        let detail: FlowDetail?
        let isOpen: Bool
        do {
            do {
                try await requireFlow(flow)
                detail = try await store.history(of: flow).orMissing(flow).detail
            } catch is UnreadableRow {
                detail = nil
            }
            isOpen = try await store.isOpen(flow)
        } catch {
            throw VolumeError(translating: error)
        }
        guard isOpen else {
            let end = detail.map { $0.resolution?.note ?? $0.state.rawValue.lowercased() }
            throw VolumeError(
                .conflict,
                "flow \(flow) can't be abandoned",
                cause: "it has ended" + (end.map { ": \($0)" } ?? ", though its record can't be read"),
                remedies: [.showFlow(flow)],
                flow: flow
            )
        }
        let note = "abandoned by \(scope.user)" + (forgettingBackend ? ", its backend forgotten" : "")
        do {
            return try await store.abandon(flow, note: note) { [scope] transaction in
                let table = VolumeTable(connection: transaction.connection)
                let snapshotTable = SnapshotTable(connection: transaction.connection)
                var gone: [Snapshot] = []
                let volumes = try table.list(touchedBy: flow)
                for volume in volumes.readable where volume.status != .available {
                    if [.migrating, .errorMigrating].contains(volume.status) {
                        // Its data is complete; a second object may be left in the other pool.
                        try table.dropClaim(of: volume.id)
                        try table.move(volume, to: .available, flow: flow, error: note, at: Date())
                    } else if forgettingBackend,
                        [.attaching, .inUse, .detaching, .uploading].contains(volume.status)
                    {
                        // The flow may have left a device or a file behind, but the volume exists.
                        let attachments = AttachmentTable(connection: transaction.connection)
                        let uses = try attachments.list(of: volume.id)
                        let own = uses.count == 1 ? uses : uses.filter { $0.flow == flow }
                        for use in own { try attachments.remove(volume.id, use.holder) }
                        let status: VolumeStatus = uses.count > own.count ? .inUse : .available
                        try table.move(volume, to: status, flow: flow, error: note, at: Date())
                    } else if forgettingBackend {
                        let taken = try snapshotTable.list(of: volume.id, limit: .max).0.readable
                        for snapshot in taken { try snapshot.removeEntry(in: transaction) }
                        gone += taken
                        try volume.removeEntry(in: transaction)
                    } else if let status = volume.status.afterFailure {
                        try table.move(volume, to: status, flow: flow, error: note, at: Date())
                    }
                }
                let snapshots = try snapshotTable.list(touchedBy: flow)
                for snapshot in snapshots.readable where snapshot.status != .available {
                    if forgettingBackend, snapshot.status != .uploading {
                        try snapshot.removeEntry(in: transaction)
                    } else if let status = snapshot.status.afterFailure {
                        try snapshotTable.move(snapshot, to: status, flow: flow, error: note, at: Date())
                    }
                }
                // No flow will release the quota of a volume that stays.
                try QuotaTable(connection: transaction.connection).commit(flow)
                let events = EventTable(connection: transaction.connection)
                let project = volumes.readable.first?.project ?? detail?.scope
                let event = Event("flow.abandon", of: "\(flow)", in: project, label: detail?.subject, by: scope) {
                    payload in
                    payload.volumeID = (volumes.readable.first?.id).map { "\($0)" }
                    payload.snapshotID = (snapshots.readable.first?.id).map { "\($0)" }
                }
                try events.insert(event)
                for volume in volumes.readable {
                    let now = try table.find(volume.id)
                    guard now?.status != volume.status else { continue }
                    let name = now == nil ? "volume.unmanage.end" : "volume.update.end"
                    try events.insert(Event(name, now ?? volume, by: scope))
                }
                for snapshot in gone + snapshots.readable {
                    let now = try snapshotTable.find(snapshot.id)
                    guard now?.status != snapshot.status else { continue }
                    let name = now == nil ? "snapshot.unmanage.end" : "snapshot.update.end"
                    try events.insert(Event(name, now ?? snapshot, by: scope))
                }
                return AbandonedObjects(volumes: volumes.readable, snapshots: snapshots.readable)
            }
        } catch {
            throw VolumeError(translating: error)
        }
    }
}

extension VolumeStatus {
    /// The status of a volume whose flow is given up; `nil` if it does not change.
    fileprivate var afterFailure: VolumeStatus? {
        switch self {
        case .creating, .downloading: .error
        case .extending: .errorExtending
        case .deleting: .errorDeleting
        case .reverting: .error
        case .attaching, .detaching: .inUse
        case .uploading, .migrating, .errorMigrating: .available
        case .available, .inUse, .error, .errorDeleting, .errorExtending: nil
        }
    }
}

extension SnapshotStatus {
    /// The status of a snapshot whose flow is given up; `nil` if it does not change.
    fileprivate var afterFailure: SnapshotStatus? {
        switch self {
        case .creating: .error
        case .deleting: .errorDeleting
        case .uploading: .available
        case .available, .error, .errorDeleting: nil
        }
    }
}
