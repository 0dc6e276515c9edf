internal import Identity
internal import TaskFlow
internal import Varlink
internal import VolumeAPI
internal import VolumeDriver

extension LocalAPI {
    /// The methods that create, show, change and remove volumes.
    var volumeMethods: [Handler] {
        [
            method("Create") { (parameters: Creation, client) in
                let control = try RequestControl(waiting: parameters.waitSeconds)
                let created = try await client.create(parameters.request(settings), control: control)
                return try Answer("volume", VolumeView(created.volume, location: created.location))
                    .with("is_new", created.isNew).with("is_crash_consistent", created.isCrashConsistent)
            },
            method("Plan") { (parameters: Creation, client) in
                try Answer("plan", PlanView(try await client.plan(parameters.request(settings))))
            },
            method("Get") { (parameters: VolumeParameters, client) in
                let volume = try await client.find(parameters.volume)
                let state = await client.backendState(of: volume)
                let error = volume.lastError == nil ? nil : await LastErrorView(of: "\(volume.id)", volume.flow, client)
                let uses = try await client.states(of: client.attachments(of: volume))
                let view = VolumeView(
                    volume,
                    location: await client.location(of: volume),
                    backend: BackendView(state),
                    attachments: uses.map { AttachmentView($0, state: $1) },
                    lastErrorDetails: error
                )
                return try Answer("volume", view)
            },
            list("List") { (parameters: Page, client, send) in
                await client.prepareDrivers()
                let limit = try CallParameter.limit(parameters.limit)
                let marker: VolumeID? = if let after = parameters.after { try await client.find(after).id } else { nil }
                for try await page in client.volumePages(after: marker, of: 1000).limited(to: limit) {
                    for volume in page {
                        try await send(try Answer("volume", VolumeView(volume, location: client.location(of: volume))))
                    }
                    for row in page.unreadable {
                        let view = VolumeView(unreadable: row, project: client.scope.project)
                        try await send(try Answer("volume", view))
                    }
                }
            },
            method("Change") { (parameters: AttributeChange, client) in
                let volume = try await client.change(parameters.volume, parameters.change())
                return try await answer(volume, client)
            },
            method("Extend") { (parameters: Extension, client) in
                let resized = try await client.resize(
                    parameters.volume,
                    to: CallParameter.size(bytes: parameters.sizeBytes),
                    control: RequestControl(waiting: parameters.waitSeconds)
                )
                return try await answer(resized.volume, client)
            },
            method("Delete") { (parameters: Removal, client) in
                let control = try RequestControl(waiting: parameters.waitSeconds)
                let id = try await client.volume(named: parameters.volume).id.description
                if parameters.cascade == true {
                    guard control.waits else {
                        throw CallParameter.refusal(
                            "a volume that is removed after its snapshots is waited for: each has to be gone before the next"
                        )
                    }
                    try await client.deleteSnapshots(of: id, control: control.withNewFlow)
                }
                return try Answer("flow", try await client.delete(id, control: control).description)
            },
        ]
    }

    /// A reply with a volume.
    func answer(_ volume: Volume, _ client: any VolumeClient) async throws -> Answer {
        try Answer("volume", VolumeView(volume, location: await client.location(of: volume)))
    }

    /// A part of a list.
    struct Page: Decodable {
        let after: String?
        let limit: Int?
    }

    private struct Extension: Decodable {
        let volume: String
        let sizeBytes: Int64
        let waitSeconds: Int64?

        private enum CodingKeys: String, CodingKey {
            case volume
            case sizeBytes = "size_bytes"
            case waitSeconds = "wait_seconds"
        }
    }

    private struct Removal: Decodable {
        let volume: String
        let cascade: Bool?
        let waitSeconds: Int64?

        private enum CodingKeys: String, CodingKey {
            case volume, cascade
            case waitSeconds = "wait_seconds"
        }
    }

    private struct AttributeChange: Decodable {
        let volume: String
        let name: String?
        let description: String?
        let labels: [String: String]?
        let removedLabels: [String]?
        let protected: Bool?
        let bootable: Bool?
        let readOnly: Bool?

        private enum CodingKeys: String, CodingKey {
            case volume, name, description, labels, protected, bootable
            case removedLabels = "removed_labels"
            case readOnly = "read_only"
        }

        func change() throws(VolumeError) -> VolumeChange {
            VolumeChange(
                name: try CallParameter.name(name),
                description: description,
                labels: labels ?? [:],
                removedLabels: Set(removedLabels ?? []),
                isProtected: protected,
                isBootable: bootable,
                isReadOnly: readOnly
            )
        }
    }
}
