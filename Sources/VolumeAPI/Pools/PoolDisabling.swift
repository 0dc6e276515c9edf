public import Foundation

/// A pool's exclusion from new volumes. Its volumes can be used as before.
public struct PoolDisabling: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The time at which the pool was disabled.
    public let since: Date
    /// The user who disabled it.
    public let user: String
    /// The user's reason; empty for none.
    public let reason: String
    /// Whether the pool is to be emptied.
    public let isDraining: Bool
    /// The host that was drained with all of its pools; `nil` if the pool itself was disabled.
    public let host: String?

    package init(since: Date, user: String, reason: String, isDraining: Bool, host: String? = nil) {
        self.host = host
        self.since = since
        self.user = user
        self.reason = reason
        self.isDraining = isDraining
    }

    /// The state as text for people: `disabled since 2026-11-20 09:12 UTC by root: "disk swap"`.
    public var description: String {
        let time = since.formatted(.iso8601).prefix(16).replacing("T", with: " ")
        let word = host.map { "host \($0) drained" } ?? (isDraining ? "draining" : "disabled")
        return "\(word) since \(time) UTC by \(user)"
            + (reason.isEmpty ? "" : ": \"\(reason)\"")
    }
}

/// A disabled pool and what is still in it.
public struct DisabledPool: Sendable, Hashable, Codable {
    /// The pool's name.
    public let pool: String
    /// When, why and by whom it was disabled.
    public let disabling: PoolDisabling
    /// The volumes that are still there.
    public let remaining: ProvisionedCapacity
    /// The names or ids of some of the scope's volumes there, oldest first.
    public let volumes: [String]

    package init(pool: String, disabling: PoolDisabling, remaining: ProvisionedCapacity, volumes: [String]) {
        self.pool = pool
        self.disabling = disabling
        self.remaining = remaining
        self.volumes = volumes
    }
}
