public import Identity
public import VolumeDriver

/// What it means to take a pool over: to know it by the mark that is in its place now.
public struct PoolClaim: Sendable, Hashable, Codable {
    /// The pool.
    public let pool: String
    /// The mark in its place; `nil` when there is none yet.
    public let mark: PoolID?
    /// The mark by which the database knows the pool now.
    public let knownMark: PoolID?
    /// The name by which the database knows what is in its place.
    public let formerName: String?
    /// How many volumes the database has in the pool.
    public let recorded: Int
    /// How many of them are in its place.
    public let present: Int
    /// How many volumes are there that the database doesn't know.
    public let unknown: Int

    /// What was found out.
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

    /// Whether nothing would change.
    public var isDone: Bool { mark != nil && mark == knownMark }
}
