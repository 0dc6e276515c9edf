/// A driver that prepares its pool, and finds out what is wrong with it.
public protocol HealthCheckingDriver: VolumeDriver {
    /// Makes what the pool needs and what can be made without a loss: a directory, a thin pool. Does nothing if all of it
    /// is there.
    ///
    /// - Throws: `broken` if a person has to prepare something first, with the remedy.
    func setUp() async throws(DriverError)

    /// Looks at everything that a call could stumble over: tools and their versions, rights, room, damage.
    ///
    /// Changes nothing, and never fails: what can't be looked at is a finding, too.
    func checkHealth() async -> [HealthFinding]
}

/// What a driver has found out about one side of its pool.
public struct HealthFinding: Sendable, Hashable, Codable {
    /// How bad it is.
    public enum Severity: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
        /// As it should be.
        case ok
        /// Works, but not for long, or not as well as it could.
        case warning
        /// Calls will fail.
        case failure

        /// Whether `left` is less bad.
        public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .ok: 0
            case .warning: 1
            case .failure: 2
            }
        }
    }

    /// How bad it is.
    public let severity: Severity
    /// What was looked at, in words that stay the same: `tools`, `thin pool metadata`.
    public let subject: String
    /// What was found, with the numbers.
    public let message: String
    /// What a person can do about it, in words, such as a command of the backend's own tools; never `nil` for a failure. A
    /// driver knows of no commands of the service.
    public let remedy: String?

    private init(_ severity: Severity, _ subject: String, _ message: String, remedy: String?) {
        self.severity = severity
        self.subject = subject
        self.message = message
        self.remedy = remedy
    }

    /// `subject` is as it should be.
    public static func ok(_ subject: String, _ message: String) -> Self {
        Self(.ok, subject, message, remedy: nil)
    }

    /// `subject` works, but not for long, or not as well as it could.
    public static func warning(_ subject: String, _ message: String, remedy: String) -> Self {
        Self(.warning, subject, message, remedy: remedy)
    }

    /// Calls will fail because of `subject`.
    public static func failure(_ subject: String, _ message: String, remedy: String) -> Self {
        Self(.failure, subject, message, remedy: remedy)
    }
}
