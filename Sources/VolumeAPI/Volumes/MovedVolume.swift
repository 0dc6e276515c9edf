public import TaskFlow

/// A volume whose record was removed while its object stays on the backend.
public struct ForgottenVolume: Sendable, Hashable, Codable {
    /// The last record.
    public let volume: Volume
    /// The object's location on its backend, such as a path.
    public let location: String
    /// The flow that removed the record.
    public let flow: FlowID

    package init(volume: Volume, location: String, flow: FlowID) {
        (self.volume, self.location, self.flow) = (volume, location, flow)
    }
}

/// A volume that belongs to another project now.
public struct TransferredVolume: Sendable, Hashable, Codable {
    /// The volume, as a record of its new project.
    public let volume: Volume
    /// How many snapshots went along.
    public let snapshots: Int

    package init(volume: Volume, snapshots: Int) {
        (self.volume, self.snapshots) = (volume, snapshots)
    }
}
