internal import Identity
internal import TaskFlow
internal import Varlink
internal import VolumeAPI

extension LocalAPI {
    /// The methods about the use of volumes.
    var useMethods: [Handler] {
        [
            giving("Attach") { client, use, holder, control in
                try await client.attach(use.volume, readOnly: use.readOnly ?? false, holder: holder, control: control)
            },
            ending("Detach") { client, use, holders, control in
                try await client.detach(use.volume, from: holders, control: control)
            },
            giving("Export") { client, use, holder, control in
                try await client.export(use.volume, readOnly: use.readOnly ?? false, holder: holder, control: control)
            },
            ending("Unexport") { client, use, holders, control in
                try await client.unexport(use.volume, from: holders, control: control)
            },
        ]
    }

    /// A method that begins a use.
    private func giving(
        _ name: String,
        _ body: @escaping @Sendable (any VolumeClient, Use, VolumeName?, RequestControl) async throws -> Attachment
    ) -> Handler {
        method(name) { (use: Use, client) in
            let holder = try CallParameter.name(use.holder, as: "holder")
            let attachment = try await body(client, use, holder, RequestControl(waiting: use.waitSeconds))
            return try Answer("attachment", AttachmentView(attachment))
        }
    }

    /// A method that ends uses.
    private func ending(
        _ name: String,
        _ body: @escaping @Sendable (any VolumeClient, Use, HolderSelection, RequestControl) async throws -> FlowID?
    ) -> Handler {
        method(name) { (use: Use, client) in
            let flow = try await body(client, use, use.holders(), RequestControl(waiting: use.waitSeconds))
            let volume = try await client.volume(named: use.volume)
            let uses = try await client.attachments(of: volume)
            let view = VolumeView(
                volume,
                location: await client.location(of: volume),
                attachments: uses.map { AttachmentView($0) }
            )
            return try Answer("volume", view).with("flow", flow?.description)
        }
    }

    private struct Use: Decodable {
        let volume: String
        let readOnly: Bool?
        let holder: String?
        let all: Bool?
        let waitSeconds: Int64?

        private enum CodingKeys: String, CodingKey {
            case volume, holder, all
            case readOnly = "read_only"
            case waitSeconds = "wait_seconds"
        }

        /// Whose uses end.
        func holders() throws(VolumeError) -> HolderSelection {
            guard all == true else { return .holder(try CallParameter.name(holder, as: "holder")) }
            guard holder == nil else { throw CallParameter.refusal("'all' and 'holder' exclude each other") }
            return .all
        }
    }
}
