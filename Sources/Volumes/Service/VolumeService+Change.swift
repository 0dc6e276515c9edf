internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
public import VolumeAPI

extension VolumeService {
    /// Changes a volume's name or attributes, in one transaction.
    ///
    /// - Parameter reference: a complete name or id.
    /// - Throws: ``VolumeError``: `notFound`; `invalidInput` if an attribute can't be stored; `conflict` if another volume of
    ///   the project has the name, or the volume is being removed.
    @discardableResult
    public func change(_ reference: String, _ change: VolumeChange) async throws(VolumeError) -> Volume {
        try require(.updateVolume, "cannot change volume \(reference.quoted)", instead: .showVolume(reference))
        let (id, project) = (try await volume(named: reference).id, project)
        return try await transact(under: [.project(project)]) { transaction in
            let volumes = VolumeTable(connection: transaction.connection)
            let volume = try volumes.find(id, project: project).orMissing(reference)
            let attributes = change.applied(to: volume.attributes)
            try attributes.check(to: "change volume \"\(volume.label)\"")
            if let name = change.name, name != volume.name,
                let other = try volumes.find(name: name, project: volume.project)
            {
                throw VolumeError.nameTaken(name, by: other, to: "rename volume \"\(volume.label)\"")
            }
            if attributes.isReadOnly != volume.attributes.isReadOnly {
                let uses = try AttachmentTable(connection: transaction.connection).list(of: id)
                guard uses.isEmpty else { throw VolumeError.inUse(volume, uses, for: .available) }
            }
            try volumes.change(volume, name: change.name ?? volume.name, attributes)
            let changed = try volumes.find(id).orMissing(reference)
            try EventTable(connection: transaction.connection)
                .insert(Event("volume.update.end", changed, by: scope))
            return changed
        }
    }
}
