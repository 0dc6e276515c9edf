/// A call, a connection, a server or an interface that failed on this side. What the other side answers is a
/// ``CallError``.
public struct VarlinkError: Error, Sendable, Hashable {
    /// The kind of an error.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        private init(_ description: String) { self.description = description }

        /// A client can't connect to a socket.
        public static let cannotConnect = Code("cannot-connect")
        /// A server can't listen on a socket.
        public static let cannotListen = Code("cannot-listen")
        /// The descriptors that this process was started with are no sockets of such a service.
        public static let notInherited = Code("not-inherited")
        /// The connection is closed, by this side or the other one, or it failed.
        public static let closed = Code("closed")
        /// The task that waits was cancelled.
        public static let cancelled = Code("cancelled")
        /// The other side took longer than it may.
        public static let timedOut = Code("timed-out")
        /// The other side sent what is no message of the protocol.
        public static let malformed = Code("malformed")
        /// A message is longer than it may be.
        public static let tooLarge = Code("too-large")
        /// More descriptors came with a message than it may have, or some were lost on the way.
        public static let descriptorsLost = Code("descriptors-lost")
        /// Another call is under way on the connection.
        public static let busy = Code("busy")
        /// A value can't be written as JSON.
        public static let notEncodable = Code("not-encodable")
        /// The description of an interface is invalid, or its methods aren't those of the code.
        public static let invalidInterface = Code("invalid-interface")
    }

    /// The kind of the error.
    public let code: Code
    /// What failed, and why.
    public let message: String
    /// What another component said.
    public let cause: String?
    /// What to do about it.
    public let advice: String?

    init(_ code: Code, _ message: String, cause: String? = nil, advice: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
        self.advice = advice
    }

    /// An error that a system call has reported.
    init(_ code: Code, _ message: String, errno number: Int32, advice: String? = nil) {
        self.init(code, message, cause: SystemCalls.text(of: number), advice: advice)
    }
}

extension VarlinkError: CustomStringConvertible {
    /// The message for a person: what failed, why, and what to do.
    public var description: String {
        message + (cause.map { ": \($0)" } ?? "") + " (\(code))" + (advice.map { "; \($0)" } ?? "")
    }
}
