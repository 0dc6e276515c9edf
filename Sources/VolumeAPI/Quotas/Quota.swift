public import VolumeDriver

/// A number of volumes and snapshots and their total size.
public struct QuotaAmount: Sendable, Hashable, Codable {
    /// The number of volumes.
    public var volumes: Int
    /// The total size of the volumes and snapshots; a snapshot has that of its volume.
    public var size: ByteCount
    /// The number of snapshots.
    public var snapshots: Int

    /// - Parameters:
    ///   - volumes: the number of volumes.
    ///   - size: the total size of the volumes and snapshots.
    ///   - snapshots: the number of snapshots.
    public init(volumes: Int = 0, size: ByteCount = .zero, snapshots: Int = 0) {
        self.volumes = volumes
        self.size = size
        self.snapshots = snapshots
    }
}

/// What a project uses of its quota.
public struct QuotaUsage: Sendable, Hashable, Codable {
    /// What existing volumes use.
    public var inUse = QuotaAmount()
    /// What is reserved for volumes that are being created.
    public var reserved = QuotaAmount()

    /// - Parameters:
    ///   - inUse: what existing volumes use.
    ///   - reserved: what is reserved for volumes that are being created.
    public init(inUse: QuotaAmount = QuotaAmount(), reserved: QuotaAmount = QuotaAmount()) {
        self.inUse = inUse
        self.reserved = reserved
    }
}

/// The limits of a project; `nil` means unlimited.
public struct QuotaLimits: Sendable, Hashable, Codable {
    /// The number of volumes.
    public var volumes: Int?
    /// The total size of the volumes and snapshots, in GiB.
    public var gigabytes: Int64?
    /// The size of a single volume, in GiB.
    public var perVolumeGigabytes: Int64?
    /// The number of snapshots.
    public var snapshots: Int?

    /// Every limit that is left out is unlimited.
    public init(
        volumes: Int? = nil,
        gigabytes: Int64? = nil,
        perVolumeGigabytes: Int64? = nil,
        snapshots: Int? = nil
    ) {
        self.volumes = volumes
        self.gigabytes = gigabytes
        self.perVolumeGigabytes = perVolumeGigabytes
        self.snapshots = snapshots
    }
}

/// A project's quota: its usage and its limits.
public struct QuotaStatus: Sendable, Hashable, Codable {
    /// The project's name.
    public let project: String
    /// The usage as it is recorded.
    public let usage: QuotaUsage
    /// The usage as counted from the volumes and reservations; a value other than ``usage`` means that the records are
    /// inconsistent.
    public let counted: QuotaUsage
    /// The limits that apply to the project.
    public let limits: QuotaLimits

    package init(
        project: String,
        usage: QuotaUsage,
        counted: QuotaUsage,
        limits: QuotaLimits
    ) {
        self.project = project
        self.usage = usage
        self.counted = counted
        self.limits = limits
    }
}
