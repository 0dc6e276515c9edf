/// A new limit for a project.
public enum QuotaLimit: Sendable, Hashable, Codable {
    /// A number of volumes or of GiB.
    case amount(Int64)
    /// No limit.
    case unlimited
    /// The configured limit, in place of one of the project's own.
    case configured
}

/// A change of a project's limits; `nil` leaves a limit as it is.
public struct QuotaChange: Sendable, Hashable, Codable {
    /// The number of volumes.
    public var volumes: QuotaLimit?
    /// The total size of the volumes and snapshots, in GiB.
    public var gigabytes: QuotaLimit?
    /// The size of a single volume, in GiB.
    public var perVolumeGigabytes: QuotaLimit?
    /// The number of snapshots.
    public var snapshots: QuotaLimit?

    /// - Parameters:
    ///   - volumes: the number of volumes.
    ///   - gigabytes: the total size of the volumes and snapshots, in GiB.
    ///   - perVolumeGigabytes: the size of a single volume, in GiB.
    ///   - snapshots: the number of snapshots.
    public init(
        volumes: QuotaLimit? = nil,
        gigabytes: QuotaLimit? = nil,
        perVolumeGigabytes: QuotaLimit? = nil,
        snapshots: QuotaLimit? = nil
    ) {
        (self.volumes, self.gigabytes) = (volumes, gigabytes)
        (self.perVolumeGigabytes, self.snapshots) = (perVolumeGigabytes, snapshots)
    }
}
