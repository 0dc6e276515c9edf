public import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
public import VolumeAPI
public import VolumeDriver

extension VolumeService {
    /// Returns the snapshot that `reference` names.
    ///
    /// - Parameter reference: `volume@name`, a name that no other snapshot of the project has, an id, or at least the
    ///   first four characters of an id. A name takes precedence.
    /// - Throws: `notFound`; `conflict` when several snapshots have this name, or several ids begin with `reference`.
    public func findSnapshot(_ reference: String) async throws(VolumeError) -> Snapshot {
        try require(.getSnapshot, "cannot look at snapshot \(reference.quoted)")
        if let snapshot = try await namedSnapshot(reference) { return snapshot }
        let near = try await snapshots(startingWith: reference)
        guard near.count <= 1 else {
            throw VolumeError(
                .conflict,
                "several snapshots' ids begin with \(reference.quoted)",
                cause: near.map(\.id.description).joined(separator: ", "),
                remedies: near.prefix(2).map { .showSnapshot($0.id.description) }
            )
        }
        guard let snapshot = near.first else { throw VolumeError.noSnapshot(reference) }
        return snapshot
    }

    /// Returns the snapshot with this complete name or id: for requests that change it.
    ///
    /// - Throws: `notFound`; its cause lists the ids that begin with `reference`; `conflict` when several snapshots
    ///   have this name.
    public func snapshot(named reference: String) async throws(VolumeError) -> Snapshot {
        try require(.getSnapshot, "cannot look at snapshot \(reference.quoted)")
        if let snapshot = try await namedSnapshot(reference) { return snapshot }
        let near = try await snapshots(startingWith: reference)
        throw VolumeError.noSnapshot(
            reference,
            cause: near.isEmpty
                ? nil
                : "to change a snapshot, write its complete name or id; ids that begin like that: "
                    + near.map(\.id.description).joined(separator: ", "),
            near: near
        )
    }

    /// Returns the snapshot with this id.
    ///
    /// - Throws: `notFound`.
    public func snapshot(_ id: SnapshotID) async throws(VolumeError) -> Snapshot {
        let project = project
        return try await read { try SnapshotTable(connection: $0).find(id, project: project) }.orMissing(id)
    }

    func storedSnapshot(_ id: SnapshotID) async throws(VolumeError) -> Snapshot? {
        try await read { try SnapshotTable(connection: $0).find(id) }
    }

    /// Lists the snapshots of a volume or, without one, of the project, oldest first, a page at a time.
    ///
    /// - Parameter marker: the snapshot after which the list begins. The pages throw `notFound` if it is gone.
    public func snapshotPages(
        of volume: VolumeID? = nil,
        after marker: SnapshotID? = nil,
        size: Int = 1000
    ) -> Pages<Snapshot> {
        let project = project
        return Pages(of: size) { position, limit async throws(VolumeError) in
            try require(.listSnapshots, "cannot list snapshots")
            return try await read { connection in
                let table = SnapshotTable(connection: connection)
                let start = try position ?? marker.map { try table.number(of: $0) } ?? .min
                return try volume.map { try table.list(of: $0, after: start, limit: limit) }
                    ?? table.list(project: project, after: start, limit: limit)
            }
        }
    }

    /// Asks the snapshot's pool for the state of the snapshot's data.
    public func backendState(of snapshot: Snapshot) async -> BackendState {
        guard let pool = snapshot.pool else { return .found(.absent) }
        do {
            return .found(
                try await Patience.wait(for: pool) {
                    try await registry.driver(of: pool, marking: false).snapshotting
                        .inspectSnapshot(snapshot.id, of: snapshot.volume)
                }
            )
        } catch {
            let subject = "look at snapshot \"\(snapshot.label)\" on pool \"\(pool)\""
            return .unknown(VolumeError(error, to: subject, pool: pool))
        }
    }

    /// The snapshot's location on its backend; empty while its driver has not been needed yet.
    public func location(of snapshot: Snapshot) -> String {
        guard let driver = pools.first(where: { $0.name == snapshot.pool })?.presentDriver else { return "" }
        return driver.location(of: snapshot.id, of: snapshot.volume)
    }

    /// Returns the snapshot with this complete name or id; `nil` if there is none.
    private func namedSnapshot(_ text: String) async throws(VolumeError) -> Snapshot? {
        let (project, reference) = (project, SnapshotReference(text))
        let matches: Listing<Snapshot> = try await read { connection in
            let snapshots = SnapshotTable(connection: connection)
            let name = try? VolumeName(validating: reference.snapshot)
            if let volumeReference = reference.volume {
                let volumes = VolumeTable(connection: connection)
                let volume =
                    try volumes.find(named: volumeReference, project: project)
                    ?? VolumeID(volumeReference).flatMap { try volumes.find($0, project: project) }
                guard let volume else { return Listing(readable: []) }
                let found =
                    try name.flatMap { try snapshots.find(named: $0, of: volume.id) }
                    ?? SnapshotID(reference.snapshot).flatMap { try snapshots.find($0, project: project) }
                return Listing(readable: found.flatMap { $0.volume == volume.id ? [$0] : [] } ?? [])
            }
            if let name { return try snapshots.list(named: name, project: project, limit: 5) }
            let found = try SnapshotID(reference.snapshot).flatMap { try snapshots.find($0, project: project) }
            return Listing(readable: found.map { [$0] } ?? [])
        }
        guard matches.count + matches.unreadable.count <= 1 else {
            throw VolumeError(
                .conflict,
                "several volumes have a snapshot \(text.quoted)",
                cause: "they are " + matches.map(\.label).joined(separator: ", "),
                remedies: matches.prefix(2).map { .showSnapshot($0.label) }
            )
        }
        if let damaged = matches.unreadable.first { throw VolumeError(damaged) }
        return matches.first
    }

    /// Returns up to five of the project's snapshots whose ids begin with `text`.
    private func snapshots(startingWith text: String) async throws(VolumeError) -> [Snapshot] {
        guard text.isBeginningOfIdentifier else { return [] }
        let project = project
        return try await read {
            try SnapshotTable(connection: $0).list(project: project, prefix: text.lowercased(), limit: 5).readable
        }
    }
}
