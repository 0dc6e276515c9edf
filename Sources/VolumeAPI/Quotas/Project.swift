/// A project that has volumes, snapshots or limits of its own.
public struct Project: Sendable, Hashable, Codable {
    /// The name.
    public let name: String
    /// The volumes and snapshots that it has and is creating, and their total size.
    public let amount: QuotaAmount
    /// Whether some of its limits are its own, and not those of the configuration.
    public let hasOwnLimits: Bool

    package init(name: String, amount: QuotaAmount, hasOwnLimits: Bool) {
        (self.name, self.amount, self.hasOwnLimits) = (name, amount, hasOwnLimits)
    }
}
