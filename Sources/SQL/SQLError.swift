/// What a database said, about which statement.
public struct SQLError: Error, Sendable, Hashable {
    /// What kind of trouble it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// For people: what failed, and why.
        public let description: String

        private init(_ description: String) { self.description = description }

        /// Somebody else has been writing for longer than we wait.
        public static let busy = Code("busy")
        /// Somebody else has been writing until the caller's time was over.
        public static let outOfTime = Code("out-of-time")
        /// No room on the disk.
        public static let full = Code("full")
        /// The disk or the file system failed.
        public static let inputOutput = Code("input-output")
        /// The file is not the database that it should be.
        public static let corrupt = Code("corrupt")
        /// The file or its directory may not be written, or not be opened.
        public static let notPermitted = Code("not-permitted")
        /// The file can't be opened.
        public static let cannotOpen = Code("cannot-open")
        /// A newer program has changed the schema.
        public static let schemaFromTheFuture = Code("schema-from-the-future")
        /// There is a file already where one is to be made.
        public static let exists = Code("exists")
        /// A rule of the schema does not allow what a statement would have stored.
        public static let constraint = Code("constraint")
        /// A statement is at fault.
        public static let statement = Code("statement")
    }

    /// What kind of trouble it is.
    public let code: Code
    /// The database's own words.
    public let message: String
    /// The statement, if it was one.
    public let statement: String?

    /// - Parameters:
    ///   - code: what kind of trouble it is.
    ///   - message: the database's own words.
    ///   - statement: the statement, if it was one.
    public init(_ code: Code, _ message: String, statement: String? = nil) {
        self.code = code
        self.message = message
        self.statement = statement
    }

    /// Whether the database is at fault: a constraint is the fault of what somebody wanted to store.
    public var concernsStore: Bool { code != .constraint }
}

extension SQLError: CustomStringConvertible {
    /// For people: what failed, and why.
    public var description: String {
        "\(message) (\(code))" + (statement.map { ", in: \($0.prefix(80))" } ?? "")
    }
}
