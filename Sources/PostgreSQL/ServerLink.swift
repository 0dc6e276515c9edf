internal import CLibPQ
internal import Glibc
internal import SQL

/// A connection of the client library: sends statements, and reads their results.
///
/// Statements are sent and their results are read without blocking calls, so that a server that doesn't answer costs the
/// caller no more than the time limit. The link is then broken, and can only be dropped.
///
/// Statements that are sent together cost one round trip. The server leaves out those after one that fails. With a library
/// that has no pipelines, they are sent one by one.
final class ServerLink {
    private let handle: OpaquePointer
    private var statements: [StatementText: Statement] = [:]
    private var preparedCount = 0
    /// Whether the link can't be used any more.
    private(set) var isBroken = false
    /// Whether the transaction only reads.
    var isReading = false

    /// How long the caller waits for an answer of the server.
    private let limit: Duration
    /// Whether statements that are sent together are sent before the first result is read.
    private let hasPipelines: Bool
    private var isInPipeline = false
    /// The number of statements that were sent together last, and whose results nobody waits for.
    private var unread: Int?
    /// The maximum number of statements that are kept prepared. A program has fewer, apart from those with filters.
    private static let capacity = 400

    private struct Statement {
        let text: String
        let parameterCount: Int
        /// Whether the statement was sent before, so that it is worth while to prepare it.
        var isUsed = false
        /// The name under which the server knows the statement; `nil` until it is used a second time.
        var name: String?
    }

    /// The results of statements that were sent together.
    struct Answers {
        var responses: [Response] = []
        /// The first statement that the server has refused, counted from zero. Those after it were left out.
        var failure: (index: Int, response: Response)?
    }

    /// Connects to a server.
    ///
    /// - Parameters:
    ///   - address: the server and the database. A host that doesn't answer within its `connect_timeout`, 5 seconds unless
    ///     the address says otherwise, counts as down.
    ///   - patience: how long the caller waits for the server.
    ///   - allowsPipelines: `false` to send statements one by one even if the library can do better.
    init(_ address: ServerAddress, patience: Duration?, allowsPipelines: Bool) throws(SQLError) {
        try LibPQ.require()
        hasPipelines = allowsPipelines && LibPQ.hasPipelines
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
        limit = patience ?? PostgreSQLConnection.patience + .seconds(30)
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
    /// Whether there is a transaction on the server that has not been told to end.
    var isInTransaction: Bool { unread == nil && Int(clibpq_PQtransactionStatus(handle)) != CLIBPQ_IDLE }

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

// MARK: - Exchanges with the server

extension ServerLink {
    /// Sends statements together, and waits for their results.
    ///
    /// - Parameter limit: how long to wait; the link's usual time if `nil`.
    /// - Throws: `connectionLost`.
    func exchange(_ messages: [Message], within limit: Duration? = nil) throws(SQLError) -> Answers {
        let end = ContinuousClock.now + (limit ?? self.limit)
        guard hasPipelines else {
            var answers = Answers()
            for message in messages where answers.failure == nil {
                try exchange([message][...], into: &answers, until: end)
            }
            return answers
        }
        var answers = Answers()
        try exchange(messages[...], into: &answers, until: end)
        return answers
    }

    /// Sends a statement that can't fail, and leaves its result to the next exchange.
    func post(_ message: Message) throws(SQLError) {
        guard hasPipelines else {
            _ = try exchange([message], within: .seconds(5))
            return
        }
        let end = ContinuousClock.now + limit
        try skipUnread(until: end)
        let isPrepared = try send(message, until: end)
        guard clibpq_PQpipelineSync(handle) == 1, clibpq_PQflush(handle) >= 0 else { throw lost(message.statement) }
        unread = isPrepared ? 2 : 1
    }

    /// Runs statements in PostgreSQL's own SQL without arguments, in one exchange with the server.
    ///
    /// - Parameter statement: the statements for errors.
    /// - Throws: the error of the first statement that fails.
    func run(_ script: String, as statement: String, within limit: Duration?) throws(SQLError) -> [Response] {
        let end = ContinuousClock.now + (limit ?? self.limit)
        guard !isBroken else { throw Self.broken }
        try skipUnread(until: end)
        if isInPipeline {
            guard clibpq_PQexitPipelineMode(handle) == 1 else { throw lost(statement) }
            isInPipeline = false
        }
        guard clibpq_PQsendQuery(handle, script) == 1 else { throw lost(statement) }
        try flush(statement, until: end)
        let responses = try results(of: statement, until: end)
        if let failed = responses.first(where: \.isFailure) { throw error(failed, of: statement) }
        return responses
    }

    private func exchange(
        _ messages: ArraySlice<Message>,
        into answers: inout Answers,
        until end: ContinuousClock.Instant
    ) throws(SQLError) {
        guard let last = messages.last else { return }
        guard !isBroken else { throw Self.broken }
        try skipUnread(until: end)
        var arePrepared: [Bool] = []
        for message in messages { arePrepared.append(try send(message, until: end)) }
        if hasPipelines {
            guard clibpq_PQpipelineSync(handle) == 1 else { throw lost(last.statement) }
            try flush(last.statement, until: end)
        }
        for (message, isPrepared) in zip(messages, arePrepared) {
            if isPrepared, hasPipelines {
                let response = try results(of: message.statement, until: end).first
                if response?.isFailure != false { try fail(message, response, &answers) }
            }
            let response = try results(of: message.statement, until: end).first
            if let response, !response.isFailure {
                answers.responses.append(response)
            } else {
                try fail(message, response, &answers)
            }
        }
        if hasPipelines { try readSync(until: end) }
        if Int(clibpq_PQstatus(handle)) != CLIBPQ_CONNECTION_OK { isBroken = true }
    }

    /// Notes that a statement has failed, or was left out.
    private func fail(_ message: Message, _ response: Response?, _ answers: inout Answers) throws(SQLError) {
        // Whether the server knows it by its name is not certain.
        if answers.failure != nil || response?.isSkipped == true { statements[message.text]?.name = nil }
        guard answers.failure == nil, let response else { return }
        let error = error(response, of: message.statement)
        if error.code == .connectionLost { throw error }
        answers.failure = (answers.responses.count, response)
    }

    /// Checks a statement before it is deferred.
    ///
    /// - Throws: `statement` if the number of arguments is wrong.
    func check(_ message: Message) throws(SQLError) {
        let count = message.arguments.count
        guard statement(for: message.text).parameterCount != count else { return }
        throw SQLError(.statement, "it does not take \(count) arguments", statement: message.statement)
    }

    private func statement(for key: StatementText) -> Statement {
        if let known = statements[key] { return known }
        let dialect = Dialect(key.statement)
        let statement = Statement(text: dialect.text, parameterCount: dialect.parameterCount)
        if statements.count >= 4 * Self.capacity { statements = statements.filter { $0.value.name != nil } }
        statements[key] = statement
        return statement
    }

    /// Hands a statement to the library; one that is used again is prepared.
    ///
    /// - Returns: whether the server gets the statement's text and name before.
    private func send(_ message: Message, until end: ContinuousClock.Instant) throws(SQLError) -> Bool {
        let (key, sql) = (message.text, message.statement)
        var statement = statement(for: key)
        if hasPipelines, !isInPipeline {
            guard clibpq_PQenterPipelineMode(handle) == 1 else { throw lost(sql) }
            isInPipeline = true
        }
        let isPrepared = statement.isUsed && statement.name == nil && preparedCount < Self.capacity
        if isPrepared {
            let name = "s\(preparedCount)"
            guard clibpq_PQsendPrepare(handle, name, statement.text, 0, nil) == 1 else { throw lost(sql) }
            if !hasPipelines {
                try flush(sql, until: end)
                if let failed = try results(of: sql, until: end).first(where: \.isFailure) {
                    throw error(failed, of: sql)
                }
            }
            preparedCount += 1
            statement.name = name
        }
        statement.isUsed = true
        statements[key] = statement
        let count = Int32(message.arguments.count)
        let sent = message.arguments.withPointers { pointers in
            if let name = statement.name {
                clibpq_PQsendQueryPrepared(handle, name, count, pointers, nil, nil, 0)
            } else {
                clibpq_PQsendQueryParams(handle, statement.text, count, nil, pointers, nil, nil, 0)
            }
        }
        guard sent == 1 else { throw lost(sql) }
        if !hasPipelines { try flush(sql, until: end) }
        return isPrepared
    }

    /// Reads the results for which nobody has waited.
    private func skipUnread(until end: ContinuousClock.Instant) throws(SQLError) {
        guard let count = unread else { return }
        try flush("", until: end)
        for _ in 0..<count { _ = try results(of: "", until: end) }
        try readSync(until: end)
        unread = nil
    }

    private func readSync(until end: ContinuousClock.Instant) throws(SQLError) {
        guard try next("", until: end)?.isSync == true else { throw lost("") }
    }

    /// The results of the next statement.
    private func results(of statement: String, until end: ContinuousClock.Instant) throws(SQLError) -> [Response] {
        var responses: [Response] = []
        while let response = try next(statement, until: end) { responses.append(response) }
        return responses
    }

    private func next(_ statement: String, until end: ContinuousClock.Instant) throws(SQLError) -> Response? {
        while clibpq_PQisBusy(handle) == 1 { try receive(statement, Int16(POLLIN), until: end) }
        let response = clibpq_PQgetResult(handle).map(Response.init)
        guard Int(clibpq_PQstatus(handle)) == CLIBPQ_CONNECTION_OK else {
            isBroken = true
            throw SQLError(.connectionLost, response?.message ?? message, statement: statement)
        }
        return response
    }

    private func flush(_ statement: String, until end: ContinuousClock.Instant) throws(SQLError) {
        while true {
            switch clibpq_PQflush(handle) {
            case 0: return
            case 1: try receive(statement, Int16(POLLIN | POLLOUT), until: end)
            default: throw lost(statement)
            }
        }
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
}

// MARK: - Errors

extension ServerLink {
    private static let broken = SQLError(.connectionLost, "the connection to the server is lost")

    /// The error of a link that has failed, with what the server has said before.
    private func lost(_ statement: String) -> SQLError {
        isBroken = true
        let response = clibpq_PQgetResult(handle).map(Response.init)
        return SQLError(.connectionLost, response?.message ?? message, statement: statement)
    }

    /// The error of a response.
    func error(_ response: Response, of statement: String) -> SQLError {
        let code = SQLError.Code(state: response.state, isReading: isReading)
        if code == .connectionLost { isBroken = true }
        return SQLError(code, response.message ?? message, statement: statement)
    }

    private var message: String {
        let message = String(cString: clibpq_PQerrorMessage(handle))
        return message.split(whereSeparator: \.isNewline).first.map(String.init)
            ?? "the connection to the server is lost"
    }
}
