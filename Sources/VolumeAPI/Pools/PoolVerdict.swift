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

    package init(
        _ report: PoolReport,
        _ decision: Decision,
        filter: String? = nil,
        room: PoolRoom?,
        size: ByteCount? = nil,
        why: String
    ) {
        pool = report.name
        driver = report.kind
        self.decision = decision
        self.filter = filter
        self.room = room
        self.size = size
        self.why = why
    }

    private init(choosing other: PoolVerdict) {
        pool = other.pool
        driver = other.driver
        decision = .chosen
        filter = nil
        room = other.room
        size = other.size
        why = other.why
    }

    package var isEligible: Bool { decision == .eligible }
    /// The same verdict as `chosen`.
    package var chosen: PoolVerdict { PoolVerdict(choosing: self) }
}
