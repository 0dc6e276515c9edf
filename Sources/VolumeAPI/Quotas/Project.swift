/// A project that has volumes, snapshots, groups, limits of its own or access to private volume types.
public struct Project: Sendable, Hashable, Codable {
    /// The name.
    public let name: String
    /// The volumes and snapshots that it has and is creating, and their total size.
    public let amount: QuotaAmount
    /// The number of groups.
    public let groups: Int
    /// Whether some of its limits are its own, and not those of the configuration.
    public let hasOwnLimits: Bool

    package init(name: String, amount: QuotaAmount, groups: Int, hasOwnLimits: Bool) {
        (self.name, self.amount, self.groups, self.hasOwnLimits) = (name, amount, groups, hasOwnLimits)
    }
}
