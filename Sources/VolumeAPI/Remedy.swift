public import Identity
public import TaskFlow
public import VolumeDriver

/// What a person can do about an error. Each face of the service puts it into its own words: a command, a button, a call.
public enum Remedy: Sendable, Hashable, Codable {
    /// Looking at a volume, by its name or id.
    case showVolume(String)
    /// Looking at the project's volumes.
    case listVolumes
    /// Making a volume of another size.
    case createVolume(size: ByteCount, name: VolumeName?, pool: String?)
    /// Removing a volume, by its name or id.
    case removeVolume(String)
    /// Looking at a flow's steps.
    case showFlow(FlowID)
    /// Looking at the newest flows.
    case listFlows
    /// Trying once more what a flow could not undo.
    case retryFlow(FlowID)
    /// Waiting for a flow's end.
    case waitForFlow(FlowID)
    /// Having a flow undone.
    case cancelFlow(FlowID)
    /// Giving up a flow that nobody can carry on or undo.
    case abandonFlow(FlowID)
    /// Looking at a pool, by its name.
    case showPool(String)
    /// Looking at all pools.
    case listPools
    /// Taking over what is in the place of a pool of this name as that pool.
    case claimPool(String)
    /// Looking at the project's quota.
    case showQuota
    /// Raising the limit of a resource, such as `gigabytes`, to a number of volumes or of GiB.
    case raiseQuota(String, to: Int64)
    /// Copying the database to a file that is not there yet.
    case backUp(to: String)
    /// Looking at a configuration with all there is to configure.
    case showConfigurationSample
    /// A sentence, for what is done outside of the service, or with a face of it that words its own advice.
    case advice(String)

    /// Making a volume of a size that everybody understands.
    package static func exampleVolume(name: VolumeName?, pool: String? = nil) -> Remedy {
        .createVolume(size: ByteCount(gibibytes: 10) ?? .zero, name: name, pool: pool)
    }

    /// What can be done about a driver's failure: first with the service, then in the driver's own words.
    package static func list(_ error: DriverError) -> [Remedy] { list(error.serviceRemedy, error.remedy) }

    /// What can be done about the last of several failures about which something can be done.
    package static func last(of errors: [DriverError]) -> [Remedy] {
        errors.map { list($0) }.last { !$0.isEmpty } ?? []
    }

    /// What can be done with the service, and what can be done in words.
    package static func list(_ serviceRemedy: DriverError.ServiceRemedy?, _ words: String?) -> [Remedy] {
        (serviceRemedy.map { [Remedy($0)] } ?? []) + (words.map { [.advice($0)] } ?? [])
    }

    private init(_ remedy: DriverError.ServiceRemedy) {
        self =
            switch remedy {
            case .showPool(let pool): .showPool(pool)
            case .claimPool(let pool): .claimPool(pool)
            case .removeVolume(let volume): .removeVolume(volume.description)
            }
    }
}

/// A remedy as another version may have stored or sent it: earlier ones had only the words that they printed.
struct StoredRemedy: Decodable {
    /// `nil` for a kind that this version doesn't know.
    let remedy: Remedy?

    init(from decoder: any Decoder) throws {
        let words = try? decoder.singleValueContainer().decode(String.self)
        remedy = words.map(Remedy.advice) ?? (try? Remedy(from: decoder))
    }
}
