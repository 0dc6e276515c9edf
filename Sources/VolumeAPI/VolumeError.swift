public import TaskFlow

/// The reason why the service did not do what was requested. The code says what the caller can do about it.
public struct VolumeError: Error, Sendable, Hashable, Codable {
    /// The kind of failure, by what a caller can do about it.
    public struct Code: Sendable, Hashable, Codable, CustomStringConvertible {
        /// The code's name as it is stored and printed.
        public let description: String

        private init(_ description: String) { self.description = description }

        /// The request is malformed; nothing was touched.
        public static let invalidInput = Code("invalid_input")
        /// The object does not exist.
        public static let notFound = Code("not_found")
        /// The object exists already, is in the wrong state, or is in use.
        public static let conflict = Code("conflict")
        /// The project's quota would be exceeded.
        public static let quotaExceeded = Code("quota_exceeded")
        /// No pool can take the volume.
        public static let noValidPool = Code("no_valid_pool")
        /// The driver failed, and everything was undone.
        public static let driverFailed = Code("driver_failed")
        /// The driver failed, and not everything could be undone.
        public static let revertIncomplete = Code("revert_incomplete")
        /// The volume's data is no longer in its pool, or not as it was.
        public static let missing = Code("missing")
        /// The request was undone because somebody cancelled it.
        public static let cancelled = Code("cancelled")
        /// The time to wait has passed; the work goes on.
        public static let timedOut = Code("timed_out")
        /// The database can't be used.
        public static let storeUnavailable = Code("store_unavailable")
        /// The user lacks the permission.
        public static let notPermitted = Code("not_permitted")
        /// A defect of the program.
        public static let unexpected = Code("unexpected")
    }

    /// Tells a caller what to do.
    public let code: Code
    /// The failure, in lower case, with the object's name.
    public let message: String
    /// The reason why it failed, with the numbers that were compared.
    public let cause: String?
    /// The state of things now: that nothing was left behind, or what was.
    public let aftermath: String
    /// The remedies that a person has, best first.
    public let remedies: [Remedy]
    /// The scheduler's verdict on each pool, if no pool was valid.
    public let verdicts: [PoolVerdict]
    /// The flow whose journal has the details.
    public let flow: FlowID?

    /// Creates an error; one without an `aftermath` says that nothing was changed.
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
        // Code that passes an error on may add a remedy that it has already.
        self.remedies = remedies.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        self.verdicts = verdicts
        self.flow = flow
    }

    /// Decodes a stored error, also one of a version that stored remedies as words.
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

    /// The same failure, of a request that had not begun anything.
    package var beforeAnything: VolumeError {
        VolumeError(code, message, cause: cause, remedies: remedies, verdicts: verdicts)
    }

    /// The same failure, as the outcome of the flow in which it happened.
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
    /// Named after the module in which the type was when the first flows were stored.
    public static var storedName: String { "Volumes.VolumeError" }
}

extension VolumeError: CustomStringConvertible {
    /// The failure and its cause, as text for people.
    public var description: String { message + (cause.map { ": \($0)" } ?? "") }
}
