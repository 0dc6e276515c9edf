public import VolumeDriver

/// A pool's report and the capacity that is provisioned in it.
public struct PoolStatus: Sendable, Hashable, Codable {
    /// The pool's report.
    public let report: PoolReport
    /// The capacity that is provisioned in it.
    public let provisioned: ProvisionedCapacity
    /// The other pools that draw on the same space, so that capacity provisioned in one is missing in all.
    public let sharesRoomWith: [String]
    /// How many times its capacity may be provisioned now, if it is thin.
    public let overSubscriptionRatio: Double

    /// When, why and by whom it was disabled; `nil` for an enabled pool.
    public let disabling: PoolDisabling?

    /// - Parameter total: the capacity that is provisioned in it and in the pools that share its space.
    package init(
        report: PoolReport,
        provisioned: ProvisionedCapacity,
        sharesRoomWith: [String],
        provisionedInAll total: ByteCount,
        disabling: PoolDisabling? = nil
    ) {
        overSubscriptionRatio = report.overSubscriptionRatio(provisioned: total)
        self.disabling = disabling
        self.report = report
        self.provisioned = provisioned
        self.sharesRoomWith = sharesRoomWith
    }
}

/// The capacity that is provisioned in a pool.
public struct ProvisionedCapacity: Sendable, Hashable, Codable {
    /// The number of its volumes.
    public var volumes = 0
    /// The total size of its volumes.
    public var size = ByteCount.zero
    /// The space on which the pool drew when it was last asked; `nil` if it never said.
    package var backing: String?

    package init(volumes: Int = 0, size: ByteCount = .zero, backing: String? = nil) {
        self.volumes = volumes
        self.size = size
        self.backing = backing
    }
}
