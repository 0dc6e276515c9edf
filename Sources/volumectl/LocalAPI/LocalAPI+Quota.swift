internal import Varlink
internal import VolumeAPI

extension LocalAPI {
    /// The methods about the project's quota.
    var quotaMethods: [Handler] {
        [
            method("GetQuota") { (_: NoParameters, client) in
                try Answer("quota", QuotaView(try await client.quota(), settings))
            },
            method("SetQuota") { (parameters: Limits, client) in
                let change = try parameters.change()
                return try Answer("quota", QuotaView(try await client.setQuota(change), settings))
            },
        ]
    }

    private struct Limits: Decodable {
        let volumes: Int64?
        let gigabytes: Int64?
        let perVolumeGigabytes: Int64?
        let snapshots: Int64?
        let groups: Int64?
        let type: String?
        let configured: [String]?

        private enum CodingKeys: String, CodingKey {
            case volumes, gigabytes, snapshots, groups, type, configured
            case perVolumeGigabytes = "per_volume_gigabytes"
        }

        func change() throws(VolumeError) -> QuotaChange {
            let given: [(QuotaResource, Int64?)] = [
                (.volumes, volumes), (.gigabytes, gigabytes), (.perVolumeGigabytes, perVolumeGigabytes),
                (.snapshots, snapshots), (.groups, groups),
            ]
            var limits: [QuotaResource: QuotaLimit] = [:]
            for (resource, number) in given {
                let isConfigured = configured?.contains(resource.name) == true
                guard number != nil || isConfigured else { continue }
                if type != nil, !QuotaResource.ofEachType.contains(resource) {
                    throw CallParameter.refusal("a quota has no limit '\(resource.name)' of a type")
                }
                let name = type.map { resource.of(type: $0) } ?? resource
                limits[name] = isConfigured ? .configured : nil
                guard let number else { continue }
                guard number >= -1 else {
                    throw CallParameter.refusal("\(number) is not a limit: it is a number from 0 on, or -1 for none")
                }
                limits[name] = number < 0 ? .unlimited : .amount(number)
            }
            guard !limits.isEmpty else { throw CallParameter.refusal("no limit is given") }
            return QuotaChange(limits: limits)
        }
    }
}
