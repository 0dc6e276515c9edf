public import VolumeDriver

/// A pool, how it is, and what has been promised on it.
public struct PoolStatus: Sendable, Hashable, Codable {
    /// What the pool said of itself.
    public let report: PoolReport
    /// The capacity that is provisioned in it.
    public let provisioned: ProvisionedCapacity
    /// The other pools that take their room from the same place, so that what is promised on one is missing in all.
    public let sharesRoomWith: [String]

    /// What was found out.
    package init(
        report: PoolReport,
        provisioned: ProvisionedCapacity,
        sharesRoomWith: [String]
    ) {
        self.report = report
        self.provisioned = provisioned
        self.sharesRoomWith = sharesRoomWith
    }
}

/// How much capacity is provisioned in a pool: the sizes of its volumes.
public struct ProvisionedCapacity: Sendable, Hashable, Codable {
    /// To how many volumes.
    public var volumes = 0
    /// Of what size together.
    public var size = ByteCount.zero
    /// Where the pool took its room from when it was asked last; `nil` when it never said.
    package var backing: String?

    /// - Parameters:
    ///   - volumes: to how many volumes.
    ///   - size: of what size together.
    package init(volumes: Int = 0, size: ByteCount = .zero, backing: String? = nil) {
        self.volumes = volumes
        self.size = size
        self.backing = backing
    }
}
