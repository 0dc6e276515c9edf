internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Gives a volume and its snapshots to another project, with their quota, in one transaction (`cinder: transfer`, without a
    /// waiting time: an admin speaks for both projects).
    ///
    /// - Parameters:
    ///   - reference: a complete name or id.
    ///   - project: the new project; a transfer to the present one changes nothing.
    /// - Throws: ``VolumeError``: `notPermitted` unless the user is an admin; `invalidInput` for an invalid project name;
    ///   `notFound`; `conflict` unless the volume and its snapshots are available, if the volume is in a group, and if the new
    ///   project has a volume with the name; `quotaExceeded` if the limits of the new project would be exceeded.
    @discardableResult
    public func transfer(_ reference: String, to project: String) async throws(VolumeError) -> TransferredVolume {
        let id = try await volume(named: reference).id
        let subject = "transfer volume \(reference.quoted)"
        try require(.transferVolume, "cannot \(subject)", instead: .showVolume(reference))
        guard (try? VolumeName(validating: project)) != nil else {
            throw VolumeError(
                .invalidInput,
                "cannot \(subject): \(project.quoted) is no name of a project",
                cause: "a name is 1 to 63 letters, digits, '.', '_' or '-', and begins with a letter or a digit",
                remedies: [.advice("correct the name")]
            )
        }
        return try await transact { [limits, scope] transaction in
            let volume = try VolumeTable(connection: transaction.connection).find(id).orMissing(reference)
            return try transaction.transfer(volume, to: project, within: limits, by: scope)
        }
    }
}

extension SQLTransaction {
    fileprivate func transfer(
        _ volume: Volume,
        to project: String,
        within limits: QuotaLimits,
        by scope: Scope
    ) throws -> TransferredVolume {
        let volumes = VolumeTable(connection: connection)
        let snapshots = try SnapshotTable(connection: connection).list(of: volume.id, limit: .max).0
        if let damaged = snapshots.unreadable.first { throw damaged }
        guard volume.project != project else {
            return TransferredVolume(volume: volume, snapshots: snapshots.readable.count)
        }
        try volumes.requireTransferable(volume, snapshots.readable, to: project)
        try QuotaTable(connection: connection).move(volume, snapshots.readable, to: project, within: limits)
        try volumes.move(volume, toProject: project)
        // The new project can look at the flows to which the records refer.
        for flow in Set([volume.flow] + snapshots.readable.map(\.flow)) { try move(flow, toScope: project) }
        let moved = try volumes.find(volume.id).orMissing(volume.id.description)
        // Each of the two projects sees its own half.
        let events = EventTable(connection: connection)
        try events.insert(Event("volume.transfer.create.end", volume, by: scope))
        try events.insert(Event("volume.transfer.accept.end", moved, by: scope))
        return TransferredVolume(volume: moved, snapshots: snapshots.readable.count)
    }
}

extension VolumeTable {
    fileprivate func requireTransferable(_ volume: Volume, _ snapshots: [Snapshot], to project: String) throws {
        let headline = "volume \"\(volume.label)\" was not transferred"
        if volume.status == .inUse {
            let uses = try AttachmentTable(connection: connection).list(of: volume.id)
            throw VolumeError.inUse(volume, uses, for: .available)
        }
        guard volume.status == .available else {
            throw VolumeError(
                .conflict,
                "\(headline): it is \(volume.status.rawValue)",
                remedies: volume.wayOut + [.showVolume(volume.label)]
            )
        }
        if let snapshot = snapshots.first(where: { $0.status != .available }) {
            throw VolumeError(
                .conflict,
                "\(headline): its snapshot \"\(snapshot.label)\" is \(snapshot.status.rawValue)",
                remedies: snapshot.wayOut + [.showSnapshot(snapshot.label)]
            )
        }
        if volume.group != nil { throw VolumeError.inGroup(volume, headline) }
        try requireNoCopy(of: volume)
        if let name = volume.name, try find(name: name, project: project) != nil {
            throw VolumeError(
                .conflict,
                "\(headline): project \(project.quoted) has a volume with this name",
                remedies: [.advice("give it another name first"), .showVolume(volume.label)]
            )
        }
    }
}

extension QuotaTable {
    /// Moves the usage of a volume and its snapshots to another project.
    fileprivate func move(
        _ volume: Volume,
        _ snapshots: [Snapshot],
        to project: String,
        within limits: QuotaLimits
    ) throws {
        let amounts = QuotaAmounts.all(of: volume, snapshots).counting(for: volume.type)
        do {
            try check(amounts, ceilings: [.perVolumeGigabytes: volume.size.bytes], of: project, within: limits)
        } catch let error as QuotaExceeded {
            throw VolumeError(
                .quotaExceeded,
                "volume \"\(volume.label)\" was not transferred: \(error.words)",
                cause: error.numbers,
                remedies: [
                    .advice("raise the limits of project \(project.quoted), in that project"),
                    .showVolume(volume.label),
                ]
            )
        }
        try release(amounts, of: volume.project)
        try use(amounts, of: project)
    }

    /// Adds amounts to the usage.
    func use(_ amounts: QuotaAmounts, of project: String) throws {
        let reservation = FlowID.random()
        try reserve(amounts, for: reservation, of: project)
        try commit(reservation)
    }
}

extension QuotaAmounts {
    /// The amounts of a volume and its snapshots, without those of a volume type.
    static func all(of volume: Volume, _ snapshots: [Snapshot]) -> Self {
        snapshots.reduce(into: QuotaAmounts.volume(volume.size, type: nil)) { sum, snapshot in
            sum.add(.snapshot(snapshot.size, type: nil))
        }
    }
}
