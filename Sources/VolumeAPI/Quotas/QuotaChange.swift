/// A new limit for a project.
public enum QuotaLimit: Sendable, Hashable, Codable {
    /// A number of volumes or of GiB.
    case amount(Int64)
    /// No limit.
    case unlimited
    /// The configured limit, in place of one of the project's own.
    case configured
}

/// A change of a project's limits.
public struct QuotaChange: Sendable, Hashable, Codable {
    /// The new limits. A resource that is left out keeps its limit.
    public var limits: [QuotaResource: QuotaLimit]

    /// - Parameter limits: the new limits; a resource that is left out keeps its limit.
    public init(limits: [QuotaResource: QuotaLimit]) { self.limits = limits }

    /// `nil` leaves a limit as it is.
    ///
    /// - Parameters:
    ///   - volumes: the number of volumes.
    ///   - gigabytes: the total size of the volumes and snapshots, in GiB.
    ///   - perVolumeGigabytes: the size of a single volume, in GiB.
    ///   - snapshots: the number of snapshots.
    ///   - groups: the number of groups.
    ///   - type: the volume type whose volumes alone count; `nil` for all volumes. There is no limit on the size of a single
    ///     volume of a type, nor on the number of groups with it.
    public init(
        volumes: QuotaLimit? = nil,
        gigabytes: QuotaLimit? = nil,
        perVolumeGigabytes: QuotaLimit? = nil,
        snapshots: QuotaLimit? = nil,
        groups: QuotaLimit? = nil,
        type: String? = nil
    ) {
        let all: [(QuotaResource, QuotaLimit?)] = [
            (.volumes, volumes), (.gigabytes, gigabytes), (.perVolumeGigabytes, perVolumeGigabytes),
            (.snapshots, snapshots), (.groups, groups),
        ]
        limits = all.reduce(into: [:]) { limits, entry in
            limits[type.map { entry.0.of(type: $0) } ?? entry.0] = entry.1
        }
    }
}
