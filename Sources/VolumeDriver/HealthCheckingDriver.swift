/// A driver that can prepare its pool and check its health.
public protocol HealthCheckingDriver: VolumeDriver {
    /// Creates what the pool needs and lacks, such as a directory or a thin pool, without destroying anything.
    ///
    /// - Throws: `broken`, with a remedy, if a person has to prepare something first.
    func setUp() async throws(DriverError)

    /// Checks everything that may make calls fail: tools and their versions, permissions, space, damage.
    ///
    /// Changes nothing and never fails: a check that can't be made is a finding, too.
    func checkHealth() async -> [HealthFinding]
}

/// The result of one health check of a pool.
public struct HealthFinding: Sendable, Hashable, Codable {
    /// How severe a finding is.
    public enum Severity: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
        /// No problem.
        case ok
        /// Works, but not for long or not as well as it could.
        case warning
        /// Calls will fail.
        case failure

        /// Whether `left` is less severe.
        public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .ok: 0
            case .warning: 1
            case .failure: 2
            }
        }
    }

    /// How severe it is.
    public let severity: Severity
    /// What was checked, in constant words: `tools`, `thin pool metadata`.
    public let subject: String
    /// The result, with its numbers.
    public let message: String
    /// What a person can do about it, such as a command of the backend's own tools; never `nil` for a failure. Drivers
    /// don't know the service's commands.
    public let remedy: String?

    private init(_ severity: Severity, _ subject: String, _ message: String, remedy: String?) {
        self.severity = severity
        self.subject = subject
        self.message = message
        self.remedy = remedy
    }

    /// A finding without a problem.
    public static func ok(_ subject: String, _ message: String) -> Self {
        Self(.ok, subject, message, remedy: nil)
    }

    /// A finding of a pool that works, but not for long or not as well as it could.
    public static func warning(_ subject: String, _ message: String, remedy: String) -> Self {
        Self(.warning, subject, message, remedy: remedy)
    }

    /// A finding that makes calls fail.
    public static func failure(_ subject: String, _ message: String, remedy: String) -> Self {
        Self(.failure, subject, message, remedy: remedy)
    }
}
