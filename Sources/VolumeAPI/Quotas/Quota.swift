public import VolumeDriver

/// So many volumes of so much size together.
public struct QuotaAmount: Sendable, Hashable, Codable {
    /// How many.
    public var volumes: Int
    /// Of what size together.
    public var size: ByteCount

    /// - Parameters:
    ///   - volumes: how many.
    ///   - size: of what size together.
    public init(volumes: Int = 0, size: ByteCount = .zero) {
        self.volumes = volumes
        self.size = size
    }
}

/// What a project uses.
public struct QuotaUsage: Sendable, Hashable, Codable {
    /// By volumes that exist.
    public var inUse = QuotaAmount()
    /// By volumes that are being created.
    public var reserved = QuotaAmount()

    /// - Parameters:
    ///   - inUse: by volumes that exist.
    ///   - reserved: by volumes that are being created.
    public init(inUse: QuotaAmount = QuotaAmount(), reserved: QuotaAmount = QuotaAmount()) {
        self.inUse = inUse
        self.reserved = reserved
    }
}

/// What a project may use. `nil` is without limit.
public struct QuotaLimits: Sendable, Hashable, Codable {
    /// How many volumes.
    public var volumes: Int?
    /// How much together, in GiB.
    public var gigabytes: Int64?
    /// How large a single volume may be, in GiB.
    public var perVolumeGigabytes: Int64?

    /// No limits but those given.
    public init(volumes: Int? = nil, gigabytes: Int64? = nil, perVolumeGigabytes: Int64? = nil) {
        self.volumes = volumes
        self.gigabytes = gigabytes
        self.perVolumeGigabytes = perVolumeGigabytes
    }
}

/// A project's quota.
public struct QuotaStatus: Sendable, Hashable, Codable {
    /// Whose it is.
    public let project: String
    /// What the project uses.
    public let usage: QuotaUsage
    /// What the project uses, counted from its volumes: the same, or something is wrong.
    public let counted: QuotaUsage
    /// What it may use.
    public let limits: QuotaLimits

    /// What was found out.
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
