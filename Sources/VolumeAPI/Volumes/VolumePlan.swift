public import VolumeDriver

/// The effect that a create request would have now. Nothing is changed or reserved.
public struct VolumePlan: Sendable, Hashable, Codable {
    /// A quota that the volume would use.
    public struct Quota: Sendable, Hashable, Codable {
        /// The name of the resource.
        public let resource: String
        /// The amounts in use and reserved, in bytes for sizes.
        public let used: Int64
        /// The additional amount, in bytes for sizes.
        public let asked: Int64
        /// The limit, in bytes for sizes; `nil` for none.
        public let limit: Int64?
        /// Whether the amounts are bytes.
        public let isSize: Bool

        package init(resource: String, used: Int64, asked: Int64, limit: Int64?, isSize: Bool) {
            self.resource = resource
            self.used = used
            self.asked = asked
            self.limit = limit
            self.isSize = isSize
        }
    }

    /// The project.
    public let project: String
    /// The volume that satisfies the request already; `nil` if one would be created.
    public let existing: Volume?
    /// The pool that would be chosen.
    public let pool: String?
    /// The size that the volume would get there.
    public let size: ByteCount
    /// The quotas that it would use.
    public let quotas: [Quota]
    /// The scheduler's verdict on each pool.
    public let verdicts: [PoolVerdict]
    /// The steps that would run, in their order.
    public let steps: [String]

    package init(
        project: String,
        pool: String?,
        size: ByteCount,
        quotas: [Quota],
        verdicts: [PoolVerdict],
        steps: [String]
    ) {
        existing = nil
        self.project = project
        self.pool = pool
        self.size = size
        self.quotas = quotas
        self.verdicts = verdicts
        self.steps = steps
    }

    /// Nothing would be done, because the volume exists.
    package init(existing: Volume) {
        self.existing = existing
        project = existing.project
        (pool, size) = (existing.pool, existing.size)
        (quotas, verdicts, steps) = ([], [], [])
    }
}
