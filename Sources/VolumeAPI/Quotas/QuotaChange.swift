/// A limit that a project is to have.
public enum QuotaLimit: Sendable, Hashable, Codable {
    /// So many volumes, or so many GiB.
    case amount(Int64)
    /// None.
    case unlimited
    /// The configuration's, as long as the project has none of its own.
    case configured
}

/// Which limits of a project are to be changed; `nil` leaves one as it is.
public struct QuotaChange: Sendable, Hashable, Codable {
    /// How many volumes.
    public var volumes: QuotaLimit?
    /// How much together, in GiB.
    public var gigabytes: QuotaLimit?
    /// How large a single volume may be, in GiB.
    public var perVolumeGigabytes: QuotaLimit?

    /// - Parameters:
    ///   - volumes: how many volumes.
    ///   - gigabytes: how much together, in GiB.
    ///   - perVolumeGigabytes: how large a single volume may be, in GiB.
    public init(volumes: QuotaLimit? = nil, gigabytes: QuotaLimit? = nil, perVolumeGigabytes: QuotaLimit? = nil) {
        (self.volumes, self.gigabytes, self.perVolumeGigabytes) = (volumes, gigabytes, perVolumeGigabytes)
    }
}
