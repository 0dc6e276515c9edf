public import TaskFlow
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

/// The usage of a project's quota.
public struct QuotaUsage: Sendable, Hashable, Codable {
    /// The usage of existing volumes.
    public var inUse = QuotaAmount()
    /// The reservations for volumes that are being created.
    public var reserved = QuotaAmount()

    /// - Parameters:
    ///   - inUse: the usage of existing volumes.
    ///   - reserved: the reservations for volumes that are being created.
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
    /// The number of groups.
    public var groups: Int?

    /// Every limit that is left out is unlimited.
    public init(
        volumes: Int? = nil,
        gigabytes: Int64? = nil,
        perVolumeGigabytes: Int64? = nil,
        snapshots: Int? = nil,
        groups: Int? = nil
    ) {
        self.volumes = volumes
        self.gigabytes = gigabytes
        self.perVolumeGigabytes = perVolumeGigabytes
        self.snapshots = snapshots
        self.groups = groups
    }
}

/// A project's quota: its usage and its limits.
public struct QuotaStatus: Sendable, Hashable, Codable {
    /// The project's name.
    public let project: String
    /// The resources of every project, and those of the volume types that the project uses or has limits for.
    public let resources: [ResourceQuota]
    /// The limits that apply to the project, without those of volume types.
    public let limits: QuotaLimits
    /// The unfinished flows that have reserved something.
    public let reservations: [FlowID]
    /// The flows that have ended and still have a reservation, which nothing would end.
    public let staleReservations: [FlowID]

    package init(
        project: String,
        resources: [ResourceQuota],
        limits: QuotaLimits,
        reservations: [FlowID],
        staleReservations: [FlowID]
    ) {
        (self.project, self.resources, self.limits) = (project, resources, limits)
        (self.reservations, self.staleReservations) = (reservations, staleReservations)
    }

    /// The usage of all volumes, as it is recorded.
    public var usage: QuotaUsage { usage(\.recorded) }
    /// The usage of all volumes, as counted from the volumes, snapshots and reservations.
    public var counted: QuotaUsage { usage(\.counted) }
    /// The resources whose recorded usage differs from the counted one.
    public var differences: [ResourceQuota] { resources.filter { $0.recorded != $0.counted } }

    private func usage(_ use: KeyPath<ResourceQuota, ResourceQuota.Use>) -> QuotaUsage {
        func amount(_ part: KeyPath<ResourceQuota.Use, Int64>) -> QuotaAmount {
            func of(_ resource: QuotaResource) -> Int64 {
                resources.first { $0.resource == resource }?[keyPath: use.appending(path: part)] ?? 0
            }
            return QuotaAmount(
                volumes: Int(clamping: of(.volumes)),
                size: ByteCount(bytes: of(.gigabytes)) ?? .zero,
                snapshots: Int(clamping: of(.snapshots))
            )
        }
        return QuotaUsage(inUse: amount(\.inUse), reserved: amount(\.reserved))
    }
}
