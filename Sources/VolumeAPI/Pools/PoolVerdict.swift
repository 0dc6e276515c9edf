public import VolumeDriver

/// What the scheduler said of a pool, with the numbers that it compared. Kept in the flow's record, on success too.
public struct PoolVerdict: Sendable, Hashable, Codable {
    /// What came of it.
    public enum Decision: String, Sendable, Hashable, Codable {
        case chosen
        /// It could have taken the volume, but another had more room.
        case eligible
        case rejected
    }

    /// The pool.
    public let pool: String
    /// Its driver's kind.
    public let driver: String
    /// What came of it.
    public let decision: Decision
    /// The filter that rejected it.
    public let filter: String?
    /// Why, for people.
    public let why: String
    /// What the backend said: total and free.
    public var capacity: PoolCapacity? { room?.capacity }
    /// What has been promised on it.
    public var promised: ByteCount? { room?.promised }
    /// What may still be promised on it.
    public var virtualFree: ByteCount? { room?.virtual }

    /// The numbers that were compared; `nil` when the pool is down.
    package let room: PoolRoom?
    /// How large the volume gets there; `nil` where it can't be.
    package let size: ByteCount?

    /// What is said of the pool that gave `report`.
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

    /// Whether it may be chosen.
    package var isEligible: Bool { decision == .eligible }
    /// The same verdict on the pool that is chosen.
    package var chosen: PoolVerdict { PoolVerdict(choosing: self) }
}
