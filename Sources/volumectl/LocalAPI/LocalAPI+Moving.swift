internal import Identity
internal import Varlink
internal import VolumeAPI

extension LocalAPI {
    /// The methods that give volumes other types, pools or projects, and take them over or forget them.
    var movingMethods: [Handler] {
        [
            method("Retype") { (parameters: Move, client) in
                let volume = try await client.retype(
                    parameters.volume,
                    to: parameters.type ?? "",
                    migrating: parameters.migrate ?? false,
                    control: RequestControl(waiting: parameters.waitSeconds)
                )
                return try await answer(volume, client)
            },
            method("Migrate") { (parameters: Move, client) in
                let pool = parameters.pool ?? ""
                let control = try RequestControl(waiting: parameters.waitSeconds)
                let volume = try await explaining(pool, settings) {
                    try await client.migrate(parameters.volume, to: pool, control: control)
                }
                return try await answer(volume, client)
            },
            method("Transfer") { (parameters: Move, client) in
                let moved = try await client.transfer(parameters.volume, to: parameters.project ?? "")
                return try await answer(moved.volume, client).with("snapshots", moved.snapshots)
            },
            method("Adopt") { (parameters: Adoption, client) in
                let name = try CallParameter.name(parameters.name)
                let control = try RequestControl(waiting: parameters.waitSeconds)
                let adopted = try await explaining(parameters.pool, settings) {
                    try await client.adopt(parameters.object, in: parameters.pool, as: name, control: control)
                }
                return try Answer("volume", VolumeView(adopted.volume, location: adopted.location))
            },
            method("Forget") { (parameters: Move, client) in
                let control = try RequestControl(waiting: parameters.waitSeconds)
                let forgotten = try await client.forget(parameters.volume, control: control)
                return try Answer("flow", forgotten.flow.description).with("location", forgotten.location)
            },
        ]
    }

    /// The parameters of these methods; the description says which of them each has.
    private struct Move: Decodable {
        let volume: String
        let type: String?
        let migrate: Bool?
        let pool: String?
        let project: String?
        let waitSeconds: Int64?

        private enum CodingKeys: String, CodingKey {
            case volume, type, migrate, pool, project
            case waitSeconds = "wait_seconds"
        }
    }

    private struct Adoption: Decodable {
        let pool: String
        let object: String
        let name: String?
        let waitSeconds: Int64?

        private enum CodingKeys: String, CodingKey {
            case pool, object, name
            case waitSeconds = "wait_seconds"
        }
    }
}
