public import VolumeDriver

/// The scheduler's verdict on a pool, with the numbers that it compared. It is stored in the flow, also on success.
public struct PoolVerdict: Sendable, Hashable, Codable {
    /// The verdict itself.
    public enum Decision: String, Sendable, Hashable, Codable {
        case chosen
        /// The pool could have taken the volume, but another pool was better.
        case eligible
        case rejected
    }

    /// The pool's name.
    public let pool: String
    /// The kind of its driver.
    public let driver: String
    /// The verdict itself.
    public let decision: Decision
    /// The filter that rejected the pool.
    public let filter: String?
    /// The reason, as text for people.
    public let why: String
    /// The total and free capacity that the backend reported.
    public var capacity: PoolCapacity? { room?.capacity }
    /// The capacity that is provisioned in the pool.
    public var promised: ByteCount? { room?.promised }
    /// How much more can be provisioned in the pool.
    public var virtualFree: ByteCount? { room?.virtual }

    /// The numbers that were compared; `nil` when the pool is down.
    package let room: PoolRoom?
    /// The size that the volume gets in this pool; `nil` if it can't be placed there.
    package let size: ByteCount?

    /// The filters that looked at the pool, in their order; `nil` in records of versions that did not store them.
    public let checks: [FilterCheck]?
    /// The weighers' scores; `nil` if the pool was not weighed.
    public package(set) var scores: [WeigherScore]?
    /// The sum of the scores; `nil` if the pool was not weighed.
    public var weight: Double? { scores.map { $0.reduce(0) { $0 + $1.score } } }

    package init(
        _ report: PoolReport,
        _ decision: Decision,
        filter: String? = nil,
        room: PoolRoom?,
        size: ByteCount? = nil,
        why: String,
        checks: [FilterCheck] = []
    ) {
        pool = report.name
        driver = report.kind
        self.decision = decision
        self.filter = filter
        self.room = room
        self.size = size
        self.why = why
        self.checks = checks
    }
}
