/// The reason why a driver failed. The code says what the caller can do about it.
public struct DriverError: Error, Sendable, Hashable, Codable {
    /// The kind of failure, by what a caller can do about it.
    public struct Code: Sendable, Hashable, Codable, CustomStringConvertible {
        /// The code's name as it is stored and printed.
        public let description: String

        private init(_ description: String) { self.description = description }

        /// This pool failed, but another may succeed: it is full or unreachable, for example.
        public static let retryableElsewhere = Code("retryable-elsewhere")
        /// No pool will succeed, because the request contradicts an existing object.
        public static let refused = Code("refused")
        /// The backend failed unexpectedly; a person has to look at it.
        public static let broken = Code("broken")
        /// The volume is in use; the same call may succeed later.
        public static let busy = Code("busy")
        /// The backend has no such volume or snapshot; nothing was changed.
        public static let notFound = Code("not-found")
        /// The pool does not support the call; nothing was changed.
        public static let unsupported = Code("unsupported")
        /// The pool's location has another mark than the pool, or none; nothing was changed.
        public static let foreignPool = Code("not-the-pool")
        /// The call took too long; `inspect` returns what came of it.
        public static let timedOut = Code("timed-out")
        /// The call was cancelled; `inspect` returns what came of it.
        public static let cancelled = Code("cancelled")
        /// The pool could not be asked at all, for example because the driver's program can't be executed; nothing was
        /// changed.
        public static let unavailable = Code("unavailable")
        /// The user lacks the permission to use the pool; nothing was changed.
        public static let notPermitted = Code("not-permitted")
    }

    /// Something that the service can do about a failure.
    public enum ServiceRemedy: Sendable, Hashable, Codable {
        /// Look at the pool of this name.
        case showPool(String)
        /// Claim the pool of this name: identify it by the mark that its location has now.
        case claimPool(String)
        /// Remove the volume.
        case removeVolume(VolumeID)
        /// Removing the snapshot.
        case removeSnapshot(SnapshotID)
    }

    /// Tells the caller what it can do.
    public let code: Code
    /// What failed, in lower case, with the offending values.
    public let message: String
    /// The reason why it failed, in the words of the tool or the system.
    public let cause: String?
    /// What a person can do about it, in the driver's words.
    public let remedy: String?
    /// What the service can do about it. Drivers leave it out.
    public let serviceRemedy: ServiceRemedy?
    /// What the failed call may have left on the backend; `nil` for nothing.
    public let leftBehind: String?
    private let retry: Bool?

    /// - Parameters:
    ///   - code: tells the caller what it can do.
    ///   - message: what failed, in lower case, with the offending values.
    ///   - cause: why it failed, in the words of the tool or the system.
    ///   - remedy: what a person can do about it.
    ///   - leftBehind: what may be left on the backend.
    ///   - mayRetry: overrides the code's default for ``mayRetry``.
    public init(
        _ code: Code,
        _ message: String,
        cause: String? = nil,
        remedy: String? = nil,
        leftBehind: String? = nil,
        mayRetry: Bool? = nil
    ) {
        self.init(
            code,
            message,
            cause: cause,
            remedy: remedy,
            serviceRemedy: nil,
            leftBehind: leftBehind,
            mayRetry: mayRetry
        )
    }

    /// Creates an error with a remedy of the service.
    package init(
        _ code: Code,
        _ message: String,
        cause: String? = nil,
        remedy: String? = nil,
        serviceRemedy: ServiceRemedy?,
        leftBehind: String? = nil,
        mayRetry: Bool? = nil
    ) {
        self.code = code
        self.message = message
        self.cause = cause
        self.remedy = remedy
        self.serviceRemedy = serviceRemedy
        self.leftBehind = leftBehind
        retry = mayRetry
    }

    /// Whether the same call on the same pool may succeed later without an intervention.
    public var mayRetry: Bool { retry ?? [.busy, .timedOut, .cancelled].contains(code) }

    /// Whether the code implies that the call failed before it changed anything.
    public var isBeforeAnyEffect: Bool {
        [.unavailable, .notPermitted, .foreignPool, .unsupported, .notFound].contains(code)
    }

    /// Whether another pool may succeed.
    public var mayRetryElsewhere: Bool { [.retryableElsewhere, .unsupported, .timedOut, .foreignPool].contains(code) }
}

extension DriverError: CustomStringConvertible {
    /// The failure and its cause, as text for people.
    public var description: String { message + (cause.map { ": \($0)" } ?? "") }
}
