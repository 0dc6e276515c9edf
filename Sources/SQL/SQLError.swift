/// An error of a database.
public struct SQLError: Error, Sendable, Hashable {
    /// The kind of an error.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        private init(_ description: String) { self.description = description }

        /// Another process has been writing for longer than this one waits.
        public static let busy = Code("busy")
        /// Another process was writing until the caller's deadline.
        public static let outOfTime = Code("out-of-time")
        /// There is no space on the disk.
        public static let full = Code("full")
        /// The disk or the file system failed.
        public static let inputOutput = Code("input-output")
        /// The file is damaged, or is not the expected database.
        public static let corrupt = Code("corrupt")
        /// This process has no permission to open or write the file or its directory.
        public static let notPermitted = Code("not-permitted")
        /// The file can't be opened.
        public static let cannotOpen = Code("cannot-open")
        /// A newer program has migrated the schema.
        public static let schemaFromTheFuture = Code("schema-from-the-future")
        /// The database holds a part of a copy of another one, which has not been completed.
        public static let unfinished = Code("unfinished")
        /// The file to be created exists already.
        public static let exists = Code("exists")
        /// A statement violates a constraint of the schema.
        public static let constraint = Code("constraint")
        /// The connection to the server is lost, or the server is not what it was. The transaction had no effect.
        public static let connectionLost = Code("connection-lost")
        /// The connection was lost at a commit, and could not be made again to find out whether the transaction had an
        /// effect. Nothing may be assumed about it; all that is known of the database has to be read again.
        public static let outcomeUnknown = Code("outcome-unknown")
        /// This process was out of reach for too long: others may have taken over what it holds.
        public static let leaseLost = Code("lease-lost")
        /// A transaction locks keys in another order than theirs.
        public static let keyOrder = Code("key-order")
        /// A transaction changes something without having locked its key.
        public static let keyMissing = Code("key-missing")
        /// The database doesn't do this.
        public static let unsupported = Code("unsupported")
        /// An earlier statement of the transaction has failed, or has not changed the row that it had to. The error in its
        /// place is thrown at the end of the transaction, or of the attempt in which that statement was written.
        public static let failedBefore = Code("failed-before")
        /// A statement is invalid.
        public static let statement = Code("statement")
    }

    /// The kind of the error.
    public let code: Code
    /// The database's message.
    public let message: String
    /// The statement that failed, if there was one.
    public let statement: String?
    /// What to do about the error, where that depends on more than its code.
    public let advice: String?

    /// - Parameters:
    ///   - code: the kind of the error.
    ///   - message: the database's message.
    ///   - statement: the statement that failed, if there was one.
    ///   - advice: what to do about the error, where that depends on more than its code.
    public init(_ code: Code, _ message: String, statement: String? = nil, advice: String? = nil) {
        self.code = code
        self.message = message
        self.statement = statement
        self.advice = advice
    }

    /// Whether the error is one of the store. A violated constraint is an error of the caller.
    public var concernsStore: Bool { code != .constraint }
}

extension SQLError: CustomStringConvertible {
    /// The message for a person: what failed and why.
    public var description: String {
        "\(message) (\(code))" + (statement.map { ", in: \($0.prefix(80))" } ?? "")
    }
}
