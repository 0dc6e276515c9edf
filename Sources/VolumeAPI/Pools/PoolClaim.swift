public import Identity
public import VolumeDriver

/// The effect that claiming a pool would have: the service would identify the pool by the mark that its location has now.
public struct PoolClaim: Sendable, Hashable, Codable {
    /// The pool's name.
    public let pool: String
    /// The mark at the pool's location; `nil` if there is none yet.
    public let mark: PoolID?
    /// The mark that the database has for the pool.
    public let knownMark: PoolID?
    /// The other name under which the database knows the mark, if there is one.
    public let formerName: String?
    /// How many volumes the database records in the pool.
    public let recorded: Int
    /// How many of the recorded volumes exist at the location.
    public let present: Int
    /// How many volumes exist at the location that the database does not record in the pool.
    public let unknown: Int

    package init(
        pool: String,
        mark: PoolID? = nil,
        knownMark: PoolID? = nil,
        formerName: String? = nil,
        recorded: Int,
        present: Int,
        unknown: Int
    ) {
        self.pool = pool
        self.mark = mark
        self.knownMark = knownMark
        self.formerName = formerName
        self.recorded = recorded
        self.present = present
        self.unknown = unknown
    }

    /// Whether the pool is claimed already.
    public var isDone: Bool { mark != nil && mark == knownMark }
}
