internal import FoundationEssentials
internal import Identity
internal import SQLStore
internal import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Looks what the pool holds of a volume or snapshot whose flow has ended without bringing it to rest, and moves it to the
    /// status that fits, if its present status may be followed by that (`cinder: reset-state`, which does not look).
    ///
    /// A status in which a flow has failed stays: what ends it changes the backend, and is advised.
    ///
    /// - Parameter reference: a complete name or id of a volume, or `volume@name` of a snapshot.
    /// - Throws: ``VolumeError``: `notPermitted`; `notFound`; `conflict` while a flow works on it, or has failed and can be
    ///   retried; that of the pool if it can't be asked. Nothing has changed then.
    public func repair(_ reference: String) async throws(VolumeError) -> Repair {
        try require(.resetStatus, "cannot repair \(reference.quoted)", instead: .showVolume(reference))
        if reference.contains("@") { return try await repair(try await snapshot(named: reference)) }
        return try await repair(try await volume(named: reference))
    }

    private func repair(_ volume: Volume) async throws(VolumeError) -> Repair {
        if !volume.status.isAtRest { try await requireEnd(of: volume.flow, of: "volume \"\(volume.label)\"") }
        let presence = try await inspect(volume)
        let uses = try await attachments(of: volume)
        var repaired = volume
        if let status = volume.status.settled(presence, volume.size, isUsed: !uses.isEmpty) {
            repaired = try await transact { [scope] transaction in
                let table = VolumeTable(connection: transaction.connection)
                let now = try table.find(volume.id).orMissing(volume.label)
                guard now.status == volume.status, now.flow == volume.flow else { throw VolumeError.taken(now) }
                let note = status.hasFailed ? "found by a repair: \(presence.words)" : nil
                try table.move(now, to: status, flow: now.flow, error: note, at: Date())
                let moved = try table.find(volume.id).orMissing(volume.label)
                try EventTable(connection: transaction.connection).insert(Event("volume.update.end", moved, by: scope))
                return moved
            }
        }
        return Repair(
            id: volume.id.description,
            label: volume.label,
            found: presence,
            formerStatus: volume.status.rawValue,
            status: repaired.status.rawValue,
            remedies: remedies(for: repaired, presence)
        )
    }

    private func repair(_ snapshot: Snapshot) async throws(VolumeError) -> Repair {
        if !snapshot.status.isAtRest { try await requireEnd(of: snapshot.flow, of: "snapshot \"\(snapshot.label)\"") }
        let presence: VolumePresence
        switch await backendState(of: snapshot) {
        case .found(let found): presence = found
        case .unknown(let error): throw error
        }
        var repaired = snapshot
        if let status = snapshot.status.settled(presence) {
            repaired = try await transact { [scope] transaction in
                let table = SnapshotTable(connection: transaction.connection)
                let now = try table.find(snapshot.id).orMissing(snapshot.id)
                guard now.status == snapshot.status, now.flow == snapshot.flow else { throw VolumeError.taken(now) }
                let note = status.hasFailed ? "found by a repair: \(presence.words)" : nil
                try table.move(now, to: status, flow: now.flow, error: note, at: Date())
                let moved = try table.find(snapshot.id).orMissing(snapshot.id)
                let event = Event("snapshot.update.end", moved, by: scope)
                try EventTable(connection: transaction.connection).insert(event)
                return moved
            }
        }
        return Repair(
            id: snapshot.id.description,
            label: snapshot.label,
            found: presence,
            formerStatus: snapshot.status.rawValue,
            status: repaired.status.rawValue,
            remedies: repaired.status.hasFailed ? repaired.wayOut : []
        )
    }

    /// Checks that no flow is to do anything about an object any more.
    private func requireEnd(of flow: FlowID, of object: String) async throws(VolumeError) {
        guard try await isOpen(flow) else { return }
        let isUnderWay = try await isUnderWay(flow)
        throw VolumeError(
            .conflict,
            "\(object) can't be repaired",
            cause: isUnderWay ? "flow \(flow) is working on it" : "flow \(flow) has failed, and can be retried",
            remedies: isUnderWay ? [.waitForFlow(flow), .showFlow(flow)] : [.retryFlow(flow), .abandonFlow(flow)],
            flow: flow
        )
    }

    /// What is left to do for a person.
    private func remedies(for volume: Volume, _ presence: VolumePresence) -> [Remedy] {
        switch volume.status {
        case .error: return [.removeVolume(volume.label), .showVolume(volume.label)]
        case .errorExtending:
            // Not smaller than what is there, whose content may be in use.
            guard case .complete(let size) = presence, size > volume.size else { return volume.wayOut }
            return [.resizeVolume(volume.label, to: size)]
        case .errorDeleting, .errorMigrating: return volume.wayOut
        default: return flaw(of: volume, presence)?.remedies ?? []
        }
    }
}

extension VolumeStatus {
    /// Whether no flow is changing the volume.
    var isAtRest: Bool { self == .available || self == .inUse || hasFailed }

    /// The status that follows when the flow that set this one has ended without setting another; `nil` for a status at rest.
    ///
    /// What may have been begun and not been completed becomes the failed status of its operation. A removal that was begun
    /// may have wiped some of the data, and so may a reversion, whatever is there.
    fileprivate func settled(_ presence: VolumePresence, _ size: ByteCount, isUsed: Bool) -> VolumeStatus? {
        let isComplete = presence == .complete(size)
        switch self {
        case .available, .inUse, .error, .errorDeleting, .errorExtending, .errorMigrating: return nil
        case .creating: return isComplete ? .available : .error
        case .downloading, .reverting: return .error
        case .extending: return isComplete ? (isUsed ? .inUse : .available) : .errorExtending
        case .attaching, .detaching: return isUsed ? .inUse : .available
        case .uploading: return .available
        case .deleting: return .errorDeleting
        case .migrating: return isComplete ? .available : .errorMigrating
        }
    }
}

extension SnapshotStatus {
    /// Whether no flow is changing the snapshot.
    var isAtRest: Bool { self == .available || hasFailed }

    /// The status that follows when the flow that set this one has ended without setting another; `nil` for a status at rest.
    fileprivate func settled(_ presence: VolumePresence) -> SnapshotStatus? {
        switch self {
        case .available, .error, .errorDeleting: return nil
        case .creating:
            guard case .complete = presence else { return .error }
            return .available
        case .uploading: return .available
        case .deleting: return .errorDeleting
        }
    }
}
