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

    /// Refuses a volume of `size` that does not fit beside `usage`.
    ///
    /// What is reserved counts as what is in use, and a limit may be met exactly (`cinder: quota reserve`). When several
    /// limits are exceeded, the size's is named first (`cinder: process_reserve_over_quota`).
    ///
    /// - Parameters:
    ///   - asked: what could not be done then, as the beginning of a sentence.
    ///   - options: what the command says besides the size, for the remedy.
    /// - Throws: `quotaExceeded` with the numbers.
    func check(
        _ size: ByteCount,
        asked: String,
        options: String,
        of project: String,
        beside usage: QuotaUsage
    ) throws(VolumeError) {
        if let limit = Self.size(perVolumeGigabytes), size > limit {
            throw VolumeError(
                .quotaExceeded,
                "\(asked): it is larger than a volume may be",
                cause: "quota \"per_volume_gigabytes\" is \(limit), asked for \(size)",
                remedies: [
                    "volumectl create --size \(perVolumeGigabytes ?? 0)\(options)",
                    "raise quota.per-volume-gigabytes in the configuration",
                ]
            )
        }
        let promised = usage.inUse.size.adding(usage.reserved.size)
        if let limit = Self.size(gigabytes), (promised?.adding(size)).map({ $0 > limit }) ?? true {
            throw VolumeError.exceeded(
                "gigabytes",
                asked: asked,
                project: project,
                numbers: "\(usage.inUse.size) in use + \(usage.reserved.size) reserved + \(size) asked > limit \(limit)"
            )
        }
        // Stored numbers may be of any size.
        let count = usage.inUse.volumes.addingReportingOverflow(usage.reserved.volumes)
        if let limit = volumes, count.overflow || count.partialValue >= limit {
            throw VolumeError.exceeded(
                "volumes",
                asked: asked,
                project: project,
                numbers: "\(usage.inUse.volumes) in use + \(usage.reserved.volumes) reserved + 1 asked > limit \(limit)"
            )
        }
    }

    /// More than can be counted is no limit.
    private static func size(_ gigabytes: Int64?) -> ByteCount? { gigabytes.flatMap(ByteCount.init(gibibytes:)) }
}

extension VolumeError {
    fileprivate static func exceeded(_ resource: String, asked: String, project: String, numbers: String) -> VolumeError
    {
        VolumeError(
            .quotaExceeded,
            "\(asked): quota \"\(resource)\" of project \"\(project)\" would be exceeded",
            cause: numbers,
            remedies: ["volumectl quota show", "volumectl ls", "raise quota.\(resource) in the configuration"]
        )
    }
}
