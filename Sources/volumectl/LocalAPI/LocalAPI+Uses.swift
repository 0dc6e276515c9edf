internal import Identity
internal import TaskFlow
internal import Varlink
internal import VolumeAPI

extension LocalAPI {
    /// The methods about the use of volumes.
    var useMethods: [Handler] {
        [
            method("Attach") { (parameters: Use, client) in
                let attachment = try await client.attach(
                    parameters.volume,
                    readOnly: parameters.readOnly ?? false,
                    holder: CallParameter.name(parameters.holder, as: "holder"),
                    control: RequestControl(waiting: parameters.waitSeconds)
                )
                return try Answer("attachment", AttachmentView(attachment))
            },
            method("Detach") { (parameters: Use, client) in
                let flow = try await client.detach(
                    parameters.volume,
                    from: parameters.holders(),
                    control: RequestControl(waiting: parameters.waitSeconds)
                )
                return try await released(parameters.volume, flow, client)
            },
            method("Export") { (parameters: Use, client) in
                let attachment = try await client.export(
                    parameters.volume,
                    readOnly: parameters.readOnly ?? false,
                    holder: CallParameter.name(parameters.holder, as: "holder"),
                    control: RequestControl(waiting: parameters.waitSeconds)
                )
                return try Answer("attachment", AttachmentView(attachment))
            },
            method("Unexport") { (parameters: Use, client) in
                let flow = try await client.unexport(
                    parameters.volume,
                    from: parameters.holders(),
                    control: RequestControl(waiting: parameters.waitSeconds)
                )
                return try await released(parameters.volume, flow, client)
            },
        ]
    }

    /// The reply to a request that ends uses.
    private func released(_ volume: String, _ flow: FlowID?, _ client: any VolumeClient) async throws -> Answer {
        let volume = try await client.volume(named: volume)
        let uses = try await client.attachments(of: volume)
        let view = VolumeView(
            volume,
            location: await client.location(of: volume),
            attachments: uses.map { AttachmentView($0) }
        )
        return try Answer("volume", view).with("flow", flow?.description)
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
