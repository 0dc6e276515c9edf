internal import PoolConfiguration
internal import Varlink
internal import VolumeAPI

extension LocalAPI {
    /// The methods about types of volumes.
    var typeMethods: [Handler] {
        [
            list("ListTypes") { (parameters: AllTypes, client, send) in
                for type in try await client.types(all: parameters.all ?? false) { try await send(try answer(type)) }
            },
            method("GetType") { (parameters: OneType, client) in
                try answer(try await client.type(named: parameters.type))
            },
            method("CreateType") { (parameters: OneType, client) in
                try answer(try await client.createType(parameters.type, parameters.change))
            },
            method("ChangeType") { (parameters: OneType, client) in
                guard parameters.change != VolumeTypeChange() else {
                    throw CallParameter.refusal("cannot change a volume type: nothing is given that could be changed")
                }
                return try answer(try await client.changeType(parameters.type, parameters.change))
            },
            method("GrantType") { (parameters: OneType, client) in
                try answer(try await client.setAccess(of: parameters.project ?? "", toType: parameters.type, true))
            },
            method("RevokeType") { (parameters: OneType, client) in
                try answer(try await client.setAccess(of: parameters.project ?? "", toType: parameters.type, false))
            },
            method("DeleteType") { (parameters: OneType, client) in
                try answer(try await client.removeType(parameters.type))
            },
        ]
    }

    private func answer(_ type: VolumeType) throws -> Answer {
        try Answer("type", TypeView(type, default: settings.defaultType))
    }

    private struct AllTypes: Decodable {
        let all: Bool?
    }

    /// The parameters of these methods; the description says which of them each has.
    private struct OneType: Decodable {
        let type: String
        let description: String?
        let extraSpecs: [String: String]?
        let removedSpecs: [String]?
        let isPrivate: Bool?
        let project: String?

        private enum CodingKeys: String, CodingKey {
            case type, description, project
            case extraSpecs = "extra_specs"
            case removedSpecs = "removed_specs"
            case isPrivate = "is_private"
        }

        var change: VolumeTypeChange {
            VolumeTypeChange(
                description: description,
                extraSpecs: extraSpecs ?? [:],
                removedSpecs: Set(removedSpecs ?? []),
                isPrivate: isPrivate
            )
        }
    }
}
