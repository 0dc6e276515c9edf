public import Identity
internal import SQL
internal import SQLStore
public import TaskFlow
public import VolumeAPI
public import VolumeDriver

extension VolumeService {
    /// The project's volumes, oldest first, and those whose records can't be read.
    public func volumes() async throws(VolumeError) -> Listing<Volume> { try await volumePages().joined() }

    /// The project's volumes, oldest first, a page at a time.
    ///
    /// - Parameter marker: the volume after which the list begins. The pages throw `notFound` if it is gone.
    public func volumePages(after marker: VolumeID? = nil, of size: Int = 1000) -> Pages<Volume> {
        let project = project
        return Pages(of: size) { position, limit async throws(VolumeError) in
            try require(.listVolumes, "cannot list volumes")
            return try await read { connection in
                let table = VolumeTable(connection: connection)
                let start = try position ?? marker.map { try table.number(of: $0) }
                return try table.list(project: project, after: start ?? .min, limit: limit)
            }
        }
    }

    /// The project's last `limit` flows, newest first, and those among them whose records can't be read.
    public func flows(limit: Int) async throws(VolumeError) -> Listing<FlowDetail> {
        try await flowPages(limit: limit).joined()
    }

    /// The project's flows, newest first and at most `limit`, a page at a time.
    ///
    /// - Parameter marker: the flow after which the list begins. The pages throw `notFound` if the project has no such flow.
    public func flowPages(after marker: FlowID? = nil, limit: Int, of size: Int = 1000) -> Pages<FlowDetail> {
        let (store, project) = (store, project)
        return Pages(limit: limit, of: size) { position, limit async throws(VolumeError) in
            try require(.getFlow, "cannot list flows")
            do {
                var start = position
                if start == nil, let marker {
                    start = try await store.number(of: marker, in: project).orMissing(marker)
                }
                return try await store.flows(in: project, before: start ?? .max, limit: limit)
            } catch {
                throw VolumeError(translating: error)
            }
        }
    }
}
