internal import CLibPQ
internal import Glibc
internal import SQL

/// A connection to a server, for one caller at a time.
///
/// A statement is sent and its results are read without blocking calls, so that a server that doesn't answer costs the
/// caller no more than the statement's time limit. The connection is then broken, and can only be dropped.
final class PostgreSQLConnection: SQLConnection {
    private let handle: OpaquePointer
    private var statements: [StatementText: Statement] = [:]
    private var preparedCount = 0
    /// Whether the connection can't be used any more.
    private(set) var isBroken = false
    /// The first error of the transaction, after which the server refuses all statements; `nil` if it accepts them.
    private(set) var failure: SQLError?
    /// Whether the transaction only reads.
    var isReading = false
    /// Whether the transaction has run a statement that may have changed something.
    var hasWritten = false
    /// The marker of the last transaction that this connection has committed.
    var lastMarker: Int64?

    /// How long a statement waits for others.
    static let patience = Duration.seconds(60)
    /// How long the caller waits for an answer of the server.
    private let limit: Duration
    /// The maximum number of statements that are kept prepared. A program has fewer, apart from those with filters.
    private static let capacity = 400

    private struct Statement {
        let text: String
        let parameterCount: Int
        /// The name under which the server knows the statement; `nil` until it is used a second time.
        var name: String?
    }

    /// The key of a statement. Hashed by its length: to hash all of its text costs as much as to run a short one.
    private struct StatementText: Hashable {
        let text: String

        func hash(into hasher: inout Hasher) { hasher.combine(text.utf8.count) }
    }

    /// Connects to a server.
    ///
    /// - Parameters:
    ///   - address: the server and the database. A host that doesn't answer within its `connect_timeout`, 5 seconds unless
    ///     the address says otherwise, counts as down.
    ///   - patience: how long the caller waits for the server.
    init(_ address: ServerAddress, patience: Duration? = nil) throws(SQLError) {
        try LibPQ.require()
        // The address may override what stands before it.
        let parameters = [
            ("connect_timeout", "\(patience?.components.seconds ?? 5)"), ("fallback_application_name", "volumectl"),
            ("dbname", address.text),
            ("client_encoding", "UTF8"),
        ]
        let opened = Self.withStrings(parameters.map(\.0)) { names in
            Self.withStrings(parameters.map(\.1)) { clibpq_PQconnectdbParams(names, $0, 1) }
        }
        guard let opened else { throw SQLError(.full, "there is no memory for a connection") }
        handle = opened
        limit = patience ?? Self.patience + .seconds(30)
        guard Int(clibpq_PQstatus(opened)) == CLIBPQ_CONNECTION_OK else {
            isBroken = true
            throw SQLError(
                .cannotOpen,
                address.redacting(String(cString: clibpq_PQerrorMessage(opened))),
                advice: "check that the server runs and lets this user in: psql '\(address)'"
            )
        }
        clibpq_drop_notices(opened)
        _ = clibpq_PQsetnonblocking(opened, 1)
    }

    deinit { clibpq_PQfinish(handle) }

    /// The number of the server's process, as the server has said when it accepted the connection. A pooler makes one up.
    var backend: Int { Int(clibpq_PQbackendPID(handle)) }
    /// The server's version: 150004 for 15.4.
    var serverVersion: Int { Int(clibpq_PQserverVersion(handle)) }
    /// Whether there is a transaction on the server.
    var isInTransaction: Bool { Int(clibpq_PQtransactionStatus(handle)) != CLIBPQ_IDLE }

    func executeScript(_ script: String) throws(SQLError) { try run(Dialect(script).text, as: script) }

    func apply(_ step: Schema.Step) throws(SQLError) { try executeScript(step.onPostgreSQL) }

    /// Runs statements in PostgreSQL's own SQL without arguments, in one exchange with the server.
    @discardableResult
    func run(_ script: String, as original: String? = nil, within limit: Duration? = nil) throws(SQLError)
        -> [Response]
    {
        hasWritten = true
        return try exchange(original ?? script, within: limit) { clibpq_PQsendQuery(handle, script) }
    }

    @discardableResult
    func execute(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> Int {
        hasWritten = true
        return try send(statement, arguments).count
    }

    func query(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> [SQLRow] {
        if !statement.hasPrefix("SELECT") { hasWritten = true }
        return try send(statement, arguments).rows(of: statement)
    }

    /// Runs a statement. A statement that is used again is prepared, which costs one exchange more that time.
    private func send(_ sql: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> Response {
        let key = StatementText(text: sql)
        var statement: Statement
        if let known = statements[key] {
            statement = known
        } else {
            let dialect = Dialect(sql)
            statement = Statement(text: dialect.text, parameterCount: dialect.parameterCount)
            if statements.count >= 4 * Self.capacity { statements = statements.filter { $0.value.name != nil } }
        }
        guard statement.parameterCount == arguments.count else {
            throw SQLError(.statement, "it does not take \(arguments.count) arguments", statement: sql)
        }
        if statements[key] != nil, statement.name == nil, preparedCount < Self.capacity {
            let name = "s\(preparedCount)"
            try exchange(sql) { clibpq_PQsendPrepare(handle, name, statement.text, 0, nil) }
            preparedCount += 1
            statement.name = name
        }
        statements[key] = statement
        let values = try ArgumentBuffer(arguments, of: sql)
        let count = Int32(arguments.count)
        let responses = try exchange(sql) {
            values.withPointers { pointers in
                if let name = statement.name {
                    clibpq_PQsendQueryPrepared(handle, name, count, pointers, nil, nil, 0)
                } else {
                    clibpq_PQsendQueryParams(handle, statement.text, count, nil, pointers, nil, nil, 0)
                }
            }
        }
        guard let response = responses.first else { throw SQLError(.statement, "it is empty", statement: sql) }
        return response
    }
}

// MARK: - Exchanges with the server

extension PostgreSQLConnection {
    /// Sends something to the server, and returns the results.
    ///
    /// - Parameter statement: the statement for errors.
    @discardableResult
    private func exchange(
        _ statement: String,
        within limit: Duration? = nil,
        sending send: () -> Int32
    ) throws(SQLError) -> [Response] {
        guard !isBroken else { throw SQLError(.connectionLost, "the connection to the server is lost") }
        let end = ContinuousClock.now + (limit ?? self.limit)
        guard send() == 1 else { throw lost(statement) }
        flushing: while true {
            switch clibpq_PQflush(handle) {
            case 0: break flushing
            case 1: try receive(statement, Int16(POLLIN | POLLOUT), until: end)
            default: throw lost(statement)
            }
        }
        var (responses, failed) = ([Response](), Response?.none)
        while true {
            while clibpq_PQisBusy(handle) == 1 { try receive(statement, Int16(POLLIN), until: end) }
            guard let pointer = clibpq_PQgetResult(handle) else { break }
            let response = Response(pointer)
            if response.isFailure, failed == nil { failed = response }
            responses.append(response)
        }
        if Int(clibpq_PQstatus(handle)) != CLIBPQ_CONNECTION_OK { isBroken = true }
        if let failed { throw note(failed, of: statement) }
        if Int(clibpq_PQtransactionStatus(handle)) != CLIBPQ_IN_ERROR { failure = nil }
        return responses
    }

    /// Waits for the server, and reads what it has sent.
    private func receive(_ statement: String, _ events: Int16, until end: ContinuousClock.Instant) throws(SQLError) {
        var request = pollfd(fd: clibpq_PQsocket(handle), events: events, revents: 0)
        let rest = end - .now
        let milliseconds = rest.components.seconds * 1000 + rest.components.attoseconds / 1_000_000_000_000_000
        let ready = poll(&request, 1, Int32(clamping: max(0, milliseconds)))
        if ready < 0, errno == EINTR { return }
        guard ready > 0 else {
            isBroken = true
            throw SQLError(.connectionLost, "the server has not answered in time", statement: statement)
        }
        guard request.revents & ~Int16(POLLOUT) == 0 || clibpq_PQconsumeInput(handle) == 1 else {
            throw lost(statement)
        }
    }

    /// The error of a connection that has failed, with what the server has said before.
    private func lost(_ statement: String) -> SQLError {
        isBroken = true
        guard let pointer = clibpq_PQgetResult(handle) else {
            return SQLError(.connectionLost, message, statement: statement)
        }
        return note(Response(pointer), of: statement)
    }

    private var message: String {
        let message = String(cString: clibpq_PQerrorMessage(handle))
        return message.split(whereSeparator: \.isNewline).first.map(String.init)
            ?? "the connection to the server is lost"
    }

    /// The error of a response.
    private func note(_ response: Response, of statement: String) -> SQLError {
        let state = response.state
        // The server refuses statements after the one that has failed.
        if state == "25P02", let failure { return failure }
        let code = SQLError.Code(state: isBroken ? nil : state, isReading: isReading)
        if code == .connectionLost { isBroken = true }
        let error = SQLError(code, response.message ?? message, statement: statement)
        if failure == nil { failure = error }
        return error
    }

    /// Calls `body` with C strings, and a null pointer after them.
    private static func withStrings<Result>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
    ) -> Result {
        var buffer = ArgumentBuffer()
        for string in strings { buffer.append(string) }
        return buffer.withPointers(body)
    }
}

/// Arguments of a statement as C strings.
struct ArgumentBuffer {
    private var bytes: [CChar] = []
    /// The places of the arguments; `nil` for NULL.
    private var places: [Int?] = []

    init() {}

    /// - Throws: `constraint` for a text with the character NUL, which PostgreSQL can't store.
    init(_ arguments: [any SQLConvertible], of statement: String) throws(SQLError) {
        for argument in arguments {
            switch argument.sqlValue {
            case .null: places.append(nil)
            case .integer(let number): append("\(number)")
            case .text(let text):
                guard !text.utf8.contains(0) else {
                    throw SQLError(
                        .constraint,
                        "a text has the character NUL, which can't be stored",
                        statement: statement
                    )
                }
                append(text)
            }
        }
    }

    mutating func append(_ text: String) {
        places.append(bytes.count)
        bytes.append(contentsOf: text.utf8.lazy.map { CChar(bitPattern: $0) })
        bytes.append(0)
    }

    /// Calls `body` with pointers to the arguments, and a null pointer after them.
    func withPointers<Result>(_ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { bytes in
            let pointers = places.map { place in place.flatMap { bytes.baseAddress?.advanced(by: $0) } } + [nil]
            return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }
}
