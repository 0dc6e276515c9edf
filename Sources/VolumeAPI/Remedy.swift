public import Identity
public import TaskFlow
public import VolumeDriver

/// Something that a person can do about an error, as a value: the command line renders it as a command, another
/// interface as a button or a call.
public enum Remedy: Sendable, Hashable, Codable {
    /// Look at a volume, by its name or id.
    case showVolume(String)
    /// List the project's volumes.
    case listVolumes
    /// Create a volume of another size.
    case createVolume(size: ByteCount, name: VolumeName?, pool: String?)
    /// Extend a volume, by its name or id, to this size.
    case resizeVolume(String, to: ByteCount)
    /// Give a volume, by its name or id, another type, and move it to a pool that suits the type.
    case retypeVolume(String, to: String)
    /// Let a protected volume, by its name or id, be removed.
    case unprotectVolume(String)
    /// Remove a volume, by its name or id.
    case removeVolume(String)
    /// Remove a volume and its snapshots, by the volume's name or id.
    case removeVolumeWithSnapshots(String)
    /// Look at a snapshot, by its name or id.
    case showSnapshot(String)
    /// List the snapshots of a volume, by its name or id; `nil` for all of the project.
    case listSnapshots(volume: String?)
    /// Remove a snapshot, by its name or id.
    case removeSnapshot(String)
    /// Attach a volume, by its name or id, to this host, for a holder.
    case attachVolume(String, holder: VolumeName? = nil)
    /// Detach a volume, by its name or id, from a holder.
    case detachVolume(String, holder: VolumeName? = nil)
    /// Detach a volume, by its name or id, from all holders.
    case detachVolumeFromAll(String)
    /// Export a volume, by its name or id, for a holder.
    case exportVolume(String, holder: VolumeName? = nil)
    /// End the export of a volume, by its name or id, for a holder.
    case unexportVolume(String, holder: VolumeName? = nil)
    /// End the export of a volume, by its name or id, for all holders.
    case unexportVolumeForAll(String)
    /// Mount a volume, by its name or id, at a directory.
    case mountVolume(String, at: String)
    /// Unmount a volume, by its name or id.
    case unmountVolume(String)
    /// Look what a pool holds of a volume or a snapshot, by its name or id, and move it to the status that fits.
    case repair(String)
    /// Look at a flow's steps.
    case showFlow(FlowID)
    /// List the newest flows.
    case listFlows
    /// Retry the reverts of a flow that could not be undone.
    case retryFlow(FlowID)
    /// Wait for a flow to end.
    case waitForFlow(FlowID)
    /// Revert a flow.
    case cancelFlow(FlowID)
    /// Give up a flow that can't be carried on or undone.
    case abandonFlow(FlowID)
    /// Look at a pool, by its name.
    case showPool(String)
    /// List all pools.
    case listPools
    /// List the availability zones of all pools.
    case listZones
    /// Let a disabled pool, by its name, take new volumes again.
    case enablePool(String)
    /// Claim the pool of this name: identify it by the mark that its location has now.
    case claimPool(String)
    /// Show a host's worker.
    case showHost(String)
    /// List the hosts' workers.
    case listHosts
    /// Let a drained host's pools take new volumes.
    case enableHost(String)
    /// Do the same on another host.
    indirect case onHost(String, Remedy)
    /// Do the same in another project.
    indirect case inProject(String, Remedy)
    /// Create a volume type of this name.
    case createType(String)
    /// Let only projects with access use a volume type, by its name.
    case restrictType(String)
    /// List the objects on the backend of the pool of this name.
    case listPoolObjects(String)
    /// Take over an object of a pool's backend as a volume.
    case adoptObject(String, pool: String)
    /// Look at a volume type, by its name.
    case showType(String)
    /// List all volume types.
    case listTypes
    /// Look at a group, by its name or id.
    case showGroup(String)
    /// List the project's groups.
    case listGroups
    /// Take a volume out of a group, each by its name or id.
    case removeFromGroup(String, group: String)
    /// Remove a group and its volumes, by the group's name or id.
    case removeGroupWithVolumes(String)
    /// Look at QoS specs, by their name.
    case showQoS(String)
    /// List all QoS specs.
    case listQoS
    /// Have no volume type refer to QoS specs, by their name.
    case disassociateQoS(String)
    /// Look at the project's quota.
    case showQuota
    /// Record the usage of quotas that is counted, in all projects.
    case fixQuota
    /// Raise the limit of a resource, such as `gigabytes`, to a number of volumes or of GiB.
    case raiseQuota(String, to: Int64)
    /// Copy the database to a file that does not exist yet.
    case backUp(to: String)
    /// Look at a sample configuration that lists every key.
    case showConfigurationSample
    /// A sentence, for what has to be done outside of the service or what only one interface can word.
    case advice(String)

    /// A create command with an example size.
    package static func exampleVolume(name: VolumeName?, pool: String? = nil) -> Remedy {
        .createVolume(size: ByteCount(gibibytes: 10) ?? .zero, name: name, pool: pool)
    }

    /// The remedies of a driver's failure: first those of the service, then the driver's own words.
    package static func list(_ error: DriverError) -> [Remedy] { list(error.serviceRemedy, error.remedy) }

    /// The remedies of the last of `errors` that has any.
    package static func last(of errors: [DriverError]) -> [Remedy] {
        errors.map { list($0) }.last { !$0.isEmpty } ?? []
    }

    /// The remedy that the service offers, and then the one in words.
    package static func list(_ serviceRemedy: DriverError.ServiceRemedy?, _ words: String?) -> [Remedy] {
        (serviceRemedy.map { [Remedy($0)] } ?? []) + (words.map { [.advice($0)] } ?? [])
    }

    private init(_ remedy: DriverError.ServiceRemedy) {
        self =
            switch remedy {
            case .showPool(let pool): .showPool(pool)
            case .claimPool(let pool): .claimPool(pool)
            case .removeVolume(let volume): .removeVolume(volume.description)
            case .removeSnapshot(let snapshot): .removeSnapshot(snapshot.description)
            }
    }
}

/// A remedy as another version may have stored or sent it: the earliest versions stored the printed words only.
struct StoredRemedy: Decodable {
    /// `nil` for a kind that this version does not know.
    let remedy: Remedy?

    init(from decoder: any Decoder) throws {
        let words = try? decoder.singleValueContainer().decode(String.self)
        remedy = words.map(Remedy.advice) ?? (try? Remedy(from: decoder))
    }
}
