public import TaskFlow

/// Why the service did not do what it was asked; the code says what the caller can do about it.
public struct VolumeError: Error, Sendable, Hashable, Codable {
    /// What a caller can do about a failure.
    public struct Code: Sendable, Hashable, Codable, CustomStringConvertible {
        /// The code's name, which is stored and printed.
        public let description: String

        private init(_ description: String) { self.description = description }

        /// The request makes no sense; nothing was touched.
        public static let invalidInput = Code("invalid_input")
        /// There is no such object.
        public static let notFound = Code("not_found")
        /// An object of that name exists, is in the wrong state, or is in use.
        public static let conflict = Code("conflict")
        /// The project's quota does not allow it.
        public static let quotaExceeded = Code("quota_exceeded")
        /// No pool can take it.
        public static let noValidPool = Code("no_valid_pool")
        /// The driver failed, and all was undone.
        public static let driverFailed = Code("driver_failed")
        /// The driver failed, and not all could be undone.
        public static let revertIncomplete = Code("revert_incomplete")
        /// The volume's data is not in its pool any more, or not as it was.
        public static let missing = Code("missing")
        /// It was undone because somebody wanted it so.
        public static let cancelled = Code("cancelled")
        /// The time to wait is over. What was waited for goes on.
        public static let timedOut = Code("timed_out")
        /// The database can't be used.
        public static let storeUnavailable = Code("store_unavailable")
        /// The user may not.
        public static let notPermitted = Code("not_permitted")
        /// The program is at fault.
        public static let unexpected = Code("unexpected")
    }

    /// What the caller can do.
    public let code: Code
    /// What failed, with the object's name, in lower case.
    public let message: String
    /// Why, with the numbers that were compared.
    public let cause: String?
    /// What the world looks like now: that nothing was left behind, or what was.
    public let aftermath: String
    /// What a person can do, best first.
    public let remedies: [Remedy]
    /// What the scheduler said of each pool, if that is why.
    public let verdicts: [PoolVerdict]
    /// The flow whose timeline tells more.
    public let flow: FlowID?

    /// An error that says what failed, why, what is left and what to do.
    public init(
        _ code: Code,
        _ message: String,
        cause: String? = nil,
        aftermath: String = "nothing was changed",
        remedies: [Remedy],
        verdicts: [PoolVerdict] = [],
        flow: FlowID? = nil
    ) {
        self.code = code
        self.message = message
        self.cause = cause
        self.aftermath = aftermath
        // Those who pass an error on may advise what it advises already.
        self.remedies = remedies.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        self.verdicts = verdicts
        self.flow = flow
    }

    /// Reads a stored error, also of versions whose remedies were words.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try fields.decode(Code.self, forKey: .code),
            try fields.decode(String.self, forKey: .message),
            cause: try fields.decodeIfPresent(String.self, forKey: .cause),
            aftermath: try fields.decode(String.self, forKey: .aftermath),
            remedies: try fields.decode([StoredRemedy].self, forKey: .remedies).compactMap(\.remedy),
            verdicts: try fields.decode([PoolVerdict].self, forKey: .verdicts),
            flow: try fields.decodeIfPresent(FlowID.self, forKey: .flow)
        )
    }

    /// The same failure, met before anything was begun.
    package var beforeAnything: VolumeError { VolumeError(code, message, cause: cause, remedies: remedies) }

    /// The same failure, seen from the end of the flow in which it happened.
    package func after(_ flow: FlowID, aftermath: String, remedy: Remedy) -> VolumeError {
        VolumeError(
            code,
            message,
            cause: cause,
            aftermath: aftermath,
            remedies: remedies + [remedy],
            verdicts: verdicts,
            flow: flow
        )
    }
}

extension VolumeError: NamedError {
    /// The module in which it was when the first flows were stored.
    public static var storedName: String { "Volumes.VolumeError" }
}

extension VolumeError: CustomStringConvertible {
    /// For people: what failed, and why.
    public var description: String { message + (cause.map { ": \($0)" } ?? "") }
}
