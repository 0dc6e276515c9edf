/// Why a driver did not do what it was asked; the code says what the caller can do about it.
public struct DriverError: Error, Sendable, Hashable, Codable {
    /// What a caller can do about a failure.
    public struct Code: Sendable, Hashable, Codable, CustomStringConvertible {
        /// The code's name, which is stored and printed.
        public let description: String

        private init(_ description: String) { self.description = description }

        /// This pool can't, but another may: no room, pool unreachable.
        public static let retryableElsewhere = Code("retryable-elsewhere")
        /// No pool will do this: the request contradicts what is there.
        public static let refused = Code("refused")
        /// The backend failed in a way that it should not; a person has to look.
        public static let broken = Code("broken")
        /// Somebody uses the volume; the same call may succeed later.
        public static let busy = Code("busy")
        /// The backend has no such volume or snapshot; nothing was changed.
        public static let notFound = Code("not-found")
        /// The pool does not offer this; nothing was changed.
        public static let unsupported = Code("unsupported")
        /// What is in the pool's place has another mark than the pool, or none; nothing was changed.
        public static let foreignPool = Code("not-the-pool")
        /// It took too long. What has come of it, `inspect` tells.
        public static let timedOut = Code("timed-out")
        /// The caller gave up. What has come of it, `inspect` tells.
        public static let cancelled = Code("cancelled")
        /// The pool could not be asked at all, as when the driver's program can't be executed. Nothing was changed.
        public static let unavailable = Code("unavailable")
        /// The user may not use the pool. Nothing was changed.
        public static let notPermitted = Code("not-permitted")
    }

    /// What the service offers against a failure of a pool.
    public enum ServiceRemedy: Sendable, Hashable, Codable {
        /// Looking at the pool of this name.
        case showPool(String)
        /// Taking over what is in the place of the pool of this name as that pool.
        case claimPool(String)
        /// Removing the volume.
        case removeVolume(VolumeID)
    }

    /// What the caller can do.
    public let code: Code
    /// What failed, in lower case, with the offending values.
    public let message: String
    /// Why: the tool's or the system's own words.
    public let cause: String?
    /// What a person can do about it, in the driver's words.
    public let remedy: String?
    /// What the service itself offers against it; drivers don't know that.
    public let serviceRemedy: ServiceRemedy?
    /// What the failed call may have left on the backend; `nil` when nothing.
    public let leftBehind: String?
    private let retry: Bool?

    /// - Parameters:
    ///   - code: what the caller can do.
    ///   - message: what failed, in lower case, with the offending values.
    ///   - cause: the tool's or the system's own words.
    ///   - remedy: what a person can do about it.
    ///   - leftBehind: what may be left on the backend.
    ///   - mayRetry: whether the same call may succeed without anybody's doing; by default as the code has it.
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

    /// A failure that the service has found, or can do something about.
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

    /// Whether the same call on the same pool may succeed later without anybody's doing.
    public var mayRetry: Bool { retry ?? [.busy, .timedOut, .cancelled].contains(code) }

    /// Whether the call has ended before it could change anything, which the code itself says.
    public var isBeforeAnyEffect: Bool {
        [.unavailable, .notPermitted, .foreignPool, .unsupported, .notFound].contains(code)
    }

    /// Whether another pool may succeed.
    public var mayRetryElsewhere: Bool { [.retryableElsewhere, .unsupported, .timedOut, .foreignPool].contains(code) }
}

extension DriverError: CustomStringConvertible {
    /// For people: what failed, and why.
    public var description: String { message + (cause.map { ": \($0)" } ?? "") }
}
