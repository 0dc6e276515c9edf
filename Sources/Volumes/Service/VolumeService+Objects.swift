internal import Identity
internal import SQLStore
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Lists the objects on a pool's backend, each with its record, and the records whose objects are missing, by name.
    ///
    /// - Throws: ``VolumeError``: `notPermitted` unless the user is an admin; `notFound`; what the pool's driver throws;
    ///   `timedOut`; `cancelled`.
    public func poolObjects(
        _ name: String,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> [PoolObject] {
        let subject = "list the objects of pool \(name.quoted)"
        try require(.updatePool, "cannot \(subject)", instead: .showPool(name))
        let pool = try await poolHere(name, "cannot \(subject)", Remedy.listPoolObjects).name
        do {
            return try await Abortable(control, subject).run { _ in try await objects(in: pool) }
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// The backend is listed before the records are read. A record or an object that the other list lacks is looked at once
    /// more, because a flow may have created or removed it in between.
    private func objects(in pool: String) async throws -> [PoolObject] {
        let driver = try await registry.driver(of: pool, marking: false)
        let volumes = try await driver.list()
        let snapshotting = try? driver.snapshotting
        let snapshots = try await snapshotting?.listSnapshots() ?? []
        let foreign = try await (try? driver.managing)?.manageableObjects() ?? []
        var (knownVolumes, knownSnapshots) = try await store.read { connection in
            let table = ObjectTable(connection: connection)
            return (try table.volumes(in: pool), try table.snapshots(in: pool))
        }
        var objects: [PoolObject] = []
        for volume in volumes {
            let id = volume.id
            var (record, presence) = (knownVolumes.removeValue(forKey: "\(id)"), volume.presence)
            if record == nil { record = try await store.read { try ObjectTable(connection: $0).volume(id) } }
            if record == nil { presence = try await driver.look(at: id) }
            guard record != nil || presence != .absent else { continue }
            objects.append(object(id.backendName, .volume, presence, record, in: pool) { .volume(id, label: $0) })
        }
        for snapshot in snapshots {
            let id = snapshot.id
            var (record, presence) = (knownSnapshots.removeValue(forKey: "\(id)"), snapshot.presence)
            if record == nil { record = try await store.read { try ObjectTable(connection: $0).snapshot(id) } }
            if record == nil, let snapshotting {
                presence = try await snapshotting.inspectSnapshot(id, of: snapshot.volume)
            }
            guard record != nil || presence != .absent else { continue }
            objects.append(object(id.backendName, .snapshot, presence, record, in: pool) { .snapshot(id, label: $0) })
        }
        for record in knownVolumes.values where record.promisesData {
            guard let id = VolumeID(record.id) else { continue }
            let presence = try await driver.look(at: id)
            objects.append(object(id.backendName, .volume, presence, record, in: pool) { .volume(id, label: $0) })
        }
        for record in knownSnapshots.values where record.promisesData {
            guard let id = SnapshotID(record.id) else { continue }
            objects.append(object(id.backendName, .snapshot, .absent, record, in: pool) { .snapshot(id, label: $0) })
        }
        objects += foreign.map {
            PoolObject(
                name: $0.name,
                kind: .foreign,
                presence: .complete($0.size),
                state: .unknown,
                obstacle: $0.obstacle
            )
        }
        return objects.sorted { $0.name < $1.name }
    }

    private func object(
        _ name: String,
        _ kind: PoolObject.Kind,
        _ presence: VolumePresence,
        _ record: ObjectRecord?,
        in pool: String,
        owner: (String) -> PoolObject.Owner
    ) -> PoolObject {
        let state: PoolObject.State
        var obstacle: String?
        switch (record, presence) {
        case (nil, .complete):
            state = .unknown
            if kind == .snapshot { obstacle = "it is a snapshot" }
        case (nil, _):
            state = .unknown
            obstacle = "it is unfinished"
        case (let record?, _) where record.pool != pool: state = .elsewhere
        case (let record?, _) where !record.promisesData: state = .unsettled
        case (_?, .absent): state = .missing
        case (let record?, let presence):
            state = presence == record.size.map(VolumePresence.complete) ? .recorded : .differs
        }
        return PoolObject(
            name: name,
            kind: kind,
            presence: presence,
            owner: record.map { $0.project == project ? owner($0.label) : .otherProject },
            state: state,
            recordedSize: record?.size,
            recordedStatus: record?.status,
            obstacle: obstacle
        )
    }
}
