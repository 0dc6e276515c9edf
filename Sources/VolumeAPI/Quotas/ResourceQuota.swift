/// A project's usage and limit of one resource. Sizes are in bytes.
public struct ResourceQuota: Sendable, Hashable, Codable {
    /// A usage.
    public struct Use: Sendable, Hashable, Codable {
        /// The usage of existing volumes, snapshots and groups.
        public var inUse: Int64
        /// The reservations of unfinished flows.
        public var reserved: Int64

        /// - Parameters:
        ///   - inUse: the usage of existing volumes, snapshots and groups.
        ///   - reserved: the reservations of unfinished flows.
        public init(inUse: Int64 = 0, reserved: Int64 = 0) { (self.inUse, self.reserved) = (inUse, reserved) }
    }

    /// The resource.
    public let resource: QuotaResource
    /// The usage as it is recorded.
    public let recorded: Use
    /// The usage as counted from the volumes, snapshots and reservations; a value other than ``recorded`` means that the
    /// records are inconsistent.
    public let counted: Use
    /// The limit that applies; `nil` means unlimited.
    public let limit: Int64?
    /// Whether the limit is the project's own, and not that of the configuration.
    public let hasOwnLimit: Bool

    package init(
        resource: QuotaResource,
        recorded: Use = Use(),
        counted: Use = Use(),
        limit: Int64?,
        hasOwnLimit: Bool
    ) {
        (self.resource, self.recorded, self.counted) = (resource, recorded, counted)
        (self.limit, self.hasOwnLimit) = (limit, hasOwnLimit)
    }
}
