internal import Identity
internal import SQLStore
internal import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Takes over an object of a pool's backend as a volume of the project (`cinder: manage_existing`). Returns when the volume
    /// is available, unless `control` says otherwise.
    ///
    /// The object gets the volume's name on the backend; its content is not changed, and the volume has exactly its size. An
    /// object with the name of a volume that no project has, such as a forgotten one, becomes the volume with that id.
    ///
    /// - Parameters:
    ///   - object: the object's name on the backend.
    ///   - name: the volume's name; `nil` for none.
    /// - Throws: ``VolumeError``: `notPermitted` unless the user is an admin; `notFound`; `conflict` if a project has the object
    ///   as a volume, the name is taken, the object is in use or can't be a volume, or the pool's driver can't adopt objects;
    ///   `quotaExceeded`; `driverFailed`. The object is then as it was, except after `revertIncomplete` and `timedOut`.
    public func adopt(
        _ object: String,
        in pool: String,
        as name: VolumeName? = nil,
        control: RequestControl = RequestControl()
    ) async throws(VolumeError) -> CreatedVolume {
        let subject = "adopt \(object.quoted) of pool \(pool.quoted)"
        try require(.adoptVolume, "cannot \(subject)", instead: .showPool(pool))
        let pool = try await poolHere(pool, "cannot \(subject)", Remedy.listPoolObjects).name
        let ownID = VolumeID(backendName: object)
        if ownID == nil { try await requireFeature(.manage, of: pool, "cannot \(subject)") }
        let project = project
        let size: ByteCount
        do {
            if let name,
                let other = try await store.read({ try VolumeTable(connection: $0).find(name: name, project: project) })
            {
                throw VolumeError.nameTaken(name, by: other, to: subject)
            }
            size = try await Abortable(control, subject).run { _ in try await adoptableSize(of: object, in: pool) }
            try store.requireRoom()
        } catch {
            throw VolumeError(translating: error).beforeAnything
        }
        let id = ownID ?? .random()
        try await run(
            catalog.adopt,
            AdoptVolumeRequest(
                volume: id,
                project: project,
                name: name,
                pool: pool,
                object: object,
                actualSize: size
            ),
            subject: name?.description ?? object,
            control: control
        )
        let volume = try await volume(id)
        return CreatedVolume(volume: volume, location: location(of: volume), isNew: true)
    }

    /// The exact size of an object that can be adopted.
    private func adoptableSize(of object: String, in pool: String) async throws -> ByteCount {
        let driver = try await registry.driver(of: pool, marking: false)
        func refuse(_ code: VolumeError.Code, _ why: String) -> VolumeError {
            VolumeError(
                code,
                "cannot adopt \(object.quoted) of pool \(pool.quoted): \(why)",
                remedies: [.listPoolObjects(pool)]
            )
        }
        if let id = VolumeID(backendName: object) {
            guard try await store.read({ try ObjectTable(connection: $0).volume(id) }) == nil else {
                throw refuse(.conflict, "it is a volume already, of this or another project")
            }
            switch try await driver.look(at: id) {
            case .complete(let size): return size
            case .partial: throw refuse(.conflict, "it is unfinished")
            case .absent: throw refuse(.notFound, "there is no such object")
            }
        }
        guard let found = try await driver.managing.manageableObjects().first(where: { $0.name == object }) else {
            throw refuse(.notFound, "there is no such object that could be a volume")
        }
        if let obstacle = found.obstacle { throw refuse(.conflict, obstacle) }
        return found.size
    }
}
