internal import Identity
internal import TaskFlow
internal import Varlink
internal import VolumeAPI
internal import VolumeDriver

extension LocalAPI {
    /// The methods about snapshots.
    var snapshotMethods: [Handler] {
        [
            method("CreateSnapshot") { (parameters: NewSnapshot, client) in
                let request = SnapshotRequest(
                    of: parameters.volume,
                    name: try CallParameter.name(parameters.name, as: "snapshot"),
                    id: try CallParameter.id(parameters.id, as: "snapshot")
                )
                let control = try RequestControl(waiting: parameters.waitSeconds)
                let created = try await client.createSnapshot(request, control: control)
                let location = await client.location(of: created.snapshot)
                return try Answer("snapshot", SnapshotView(created.snapshot, location: location))
                    .with("is_new", created.isNew).with("is_crash_consistent", created.isCrashConsistent)
            },
            method("GetSnapshot") { (parameters: OneSnapshot, client) in
                let found = try await client.findSnapshot(parameters.snapshot)
                let state = await client.backendState(of: found)
                let error = found.lastError == nil ? nil : await LastErrorView(of: "\(found.id)", found.flow, client)
                let view = SnapshotView(
                    found,
                    location: await client.location(of: found),
                    backend: BackendView(state),
                    lastErrorDetails: error
                )
                return try Answer("snapshot", view)
            },
            list("ListSnapshots") { (parameters: SnapshotPage, client, send) in
                await client.prepareDrivers()
                let limit = try CallParameter.limit(parameters.limit)
                let volume: VolumeID? = if let name = parameters.volume { try await client.find(name).id } else { nil }
                let marker: SnapshotID? =
                    if let after = parameters.after { try await client.findSnapshot(after).id } else { nil }
                for try await page in client.snapshotPages(of: volume, after: marker, size: 1000).limited(to: limit) {
                    for snapshot in page {
                        let location = await client.location(of: snapshot)
                        try await send(try Answer("snapshot", SnapshotView(snapshot, location: location)))
                    }
                    for row in page.unreadable {
                        let view = SnapshotView(unreadable: row, project: client.scope.project)
                        try await send(try Answer("snapshot", view))
                    }
                }
            },
            method("DeleteSnapshot") { (parameters: OneSnapshot, client) in
                let control = try RequestControl(waiting: parameters.waitSeconds)
                let flow = try await client.deleteSnapshot(parameters.snapshot, control: control)
                return try Answer("flow", flow.description)
            },
            method("RevertToSnapshot") { (parameters: Reversion, client) in
                let control = try RequestControl(waiting: parameters.waitSeconds)
                let flow = try await client.revert(parameters.volume, to: parameters.snapshot, control: control)
                return try Answer("flow", flow.description)
            },
        ]
    }

    private struct NewSnapshot: Decodable {
        let volume: String
        let name: String?
        let id: String?
        let waitSeconds: Int64?

        private enum CodingKeys: String, CodingKey {
            case volume, name, id
            case waitSeconds = "wait_seconds"
        }
    }

    private struct OneSnapshot: Decodable {
        let snapshot: String
        let waitSeconds: Int64?

        private enum CodingKeys: String, CodingKey {
            case snapshot
            case waitSeconds = "wait_seconds"
        }
    }

    private struct SnapshotPage: Decodable {
        let volume: String?
        let after: String?
        let limit: Int?
    }

    private struct Reversion: Decodable {
        let volume: String
        let snapshot: String
        let waitSeconds: Int64?

        private enum CodingKeys: String, CodingKey {
            case volume, snapshot
            case waitSeconds = "wait_seconds"
        }
    }
}
