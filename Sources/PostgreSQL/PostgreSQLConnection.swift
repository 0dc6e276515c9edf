internal import SQL

/// A connection to a server, for one caller at a time.
///
/// Statements whose results nobody needs are deferred: they are sent with the next statement that has a result, with the
/// end of an attempt, or with the commit. A transaction begins in this way, too. What was deferred is dropped if it is
/// undone before it is sent.
final class PostgreSQLConnection: SQLConnection {
    private var link: ServerLink
    /// The statements that are deferred.
    private var deferred: [Message] = []
    /// The first error of the transaction, after which it takes no more statements.
    private var failure: Failure?
    /// The number of attempts around the next statement.
    private var depth = 0
    /// The number of exchanges with the server in the transaction.
    private var exchangeCount = 0
    /// Whether the transaction has a statement that may change something.
    private(set) var hasWritten = false
    /// The keys that the transaction holds.
    var heldKeys = HeldKeys.everything
    /// The number of the database's lock, from which the numbers of keys are made.
    var keySeed: Int64 = 0
    /// The marker of the last transaction that this connection has committed.
    var lastMarker: Int64?
    /// Makes the connection anew if it turns out to be lost before anything has happened in a transaction.
    var reconnect: (() throws(SQLError) -> PostgreSQLConnection)?
    private let observer: ExchangeObserver?

    /// How long a statement waits for others.
    static let patience = Duration.seconds(60)

    /// An error, and the number of attempts in which it has occurred.
    private struct Failure {
        let error: any Error
        let depth: Int
    }

    /// Connects to a server.
    ///
    /// - Parameters:
    ///   - address: the server and the database. A host that doesn't answer within its `connect_timeout`, 5 seconds unless
    ///     the address says otherwise, counts as down.
    ///   - patience: how long the caller waits for the server.
    ///   - exchanges: how statements are exchanged with the server.
    init(_ address: ServerAddress, patience: Duration? = nil, exchanges: ExchangeOptions = ExchangeOptions())
        throws(SQLError)
    {
        link = try ServerLink(address, patience: patience, allowsPipelines: exchanges.allowsPipelines)
        observer = exchanges.observer
    }

    /// Whether the connection can't be used any more.
    var isBroken: Bool { link.isBroken }
    /// The number of the server's process, as the server has said when it accepted the connection. A pooler makes one up.
    var backend: Int { link.backend }
    /// The server's version: 150004 for 15.4.
    var serverVersion: Int { link.serverVersion }
    /// Whether the transaction only reads.
    var isReading: Bool { link.isReading }

    func executeScript(_ script: String) throws(SQLError) { try run(Dialect(script).text, as: script) }

    func apply(_ step: Schema.Step) throws(SQLError) { try executeScript(step.onPostgreSQL) }

    /// Runs statements in PostgreSQL's own SQL without arguments, in one exchange with the server.
    @discardableResult
    func run(_ script: String, as original: String? = nil, within limit: Duration? = nil) throws(SQLError)
        -> [Response]
    {
        try resolve()
        hasWritten = true
        exchangeCount += 1
        observer?([SentStatement(statement: original ?? script, translation: script, arguments: [])])
        do throws(SQLError) {
            return try link.run(script, as: original ?? script, within: limit)
        } catch {
            throw fail(error, at: depth)
        }
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

    func fetch(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> Fetched<[SQLRow]> {
        if !statement.hasPrefix("SELECT") { hasWritten = true }
        let answer = Message.Answer()
        try put(statement, arguments, for: answer)
        return Fetched { [self] () throws in
            if answer.response == nil { try resolve() }
            guard let response = answer.response else {
                throw SQLError(.failedBefore, "its attempt was undone", statement: statement)
            }
            return response.rows(of: statement)
        }
    }

    func write(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) {
        guard isInTransaction, !isReading else {
            try execute(statement, arguments)
            return
        }
        hasWritten = true
        try put(statement, arguments)
    }

    func writeRow(
        _ statement: String,
        _ arguments: [any SQLConvertible],
        orThrow error: @escaping @autoclosure () -> any Error
    ) throws {
        guard isInTransaction, !isReading else {
            guard try execute(statement, arguments) == 1 else { throw error() }
            return
        }
        hasWritten = true
        try put(statement, arguments, orThrow: error)
    }

    func attempt<Result>(_ body: () throws -> Result) throws -> Result {
        let (start, keys) = ((exchangeCount, deferred.count), heldKeys)
        try put("SAVEPOINT attempt\(depth)")
        depth += 1
        do {
            let result = try body()
            if start.0 == exchangeCount, deferred.count == start.1 + 1 {
                // It has done nothing.
                deferred.removeLast()
            } else {
                // The end of the attempt can't fail, unless something in it does that has no result yet.
                let isResolved = deferred.isEmpty
                try put("RELEASE attempt\(depth - 1)")
                if !isResolved { try resolve() }
            }
            depth -= 1
            return result
        } catch {
            let cause = cause(of: error)
            try undoAttempt(since: start, because: cause)
            // Keys that were locked since are free again.
            heldKeys = keys
            throw cause
        }
    }

    /// Undoes an attempt, which is then over.
    ///
    /// - Throws: the error that has occurred before the attempt, if there is one: it fails all of the transaction.
    private func undoAttempt(since start: (exchange: Int, place: Int), because cause: any Error) throws {
        defer { depth -= 1 }
        if let failure, failure.depth < depth { throw standIn(for: failure) }
        if isBroken { throw cause }
        failure = nil
        guard start.exchange != exchangeCount else { return deferred.removeSubrange(start.place...) }
        deferred = []
        // The name is of this attempt alone: the release of an attempt in it may have been dropped.
        deferred = try ["ROLLBACK TO", "RELEASE"]
            .map { command throws(SQLError) in
                try message("\(command) attempt\(depth - 1)", depth: depth - 1)
            }
    }

    /// The error because of which `error` was thrown in the body of a transaction or an attempt.
    func cause(of error: any Error) -> any Error {
        guard let failure, (error as? SQLError)?.code == .failedBefore else { return error }
        return failure.error
    }
}

// MARK: - Exchanges with the server

extension PostgreSQLConnection {
    /// Whether a transaction has begun, or will with the next statement that is sent.
    var isInTransaction: Bool { link.isInTransaction || !deferred.isEmpty }

    /// Begins a transaction with its first exchange with the server.
    func begin(_ statements: [String], isReading: Bool) throws(SQLError) {
        (failure, depth, exchangeCount, hasWritten) = (nil, 0, 0, false)
        link.isReading = isReading
        deferred = []
        for statement in statements { try put(statement) }
    }

    /// Defers a statement that doesn't count as one that changes something.
    func put(
        _ statement: String,
        _ arguments: [any SQLConvertible] = [],
        orThrow error: (() -> any Error)? = nil,
        for answer: Message.Answer? = nil
    ) throws(SQLError) {
        try requireIntact()
        var message = try message(statement, arguments, depth: depth, orThrow: error)
        message.answer = answer
        deferred.append(message)
    }

    private func message(
        _ statement: String,
        _ arguments: [any SQLConvertible] = [],
        depth: Int,
        orThrow error: (() -> any Error)? = nil
    ) throws(SQLError) -> Message {
        let message = Message(
            statement: statement,
            arguments: try ArgumentBuffer(arguments, of: statement),
            depth: depth,
            refusal: error
        )
        try link.check(message)
        return message
    }

    /// Sends what is deferred and a statement, and returns the result of that.
    private func send(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> Response {
        try put(statement, arguments)
        guard let response = try resolve() else {
            throw SQLError(.statement, "it has no result", statement: statement)
        }
        return response
    }

    /// Sends what is deferred, and returns the result of the last statement; `nil` if nothing is deferred.
    ///
    /// - Parameter limit: how long to wait; the connection's usual time if `nil`.
    /// - Throws: the error of the first statement that has failed; `failedBefore` in place of one that is no `SQLError`.
    @discardableResult
    func resolve(within limit: Duration? = nil) throws(SQLError) -> Response? {
        try requireIntact()
        guard !deferred.isEmpty else { return nil }
        let messages = deferred
        deferred = []
        let answers = try exchange(messages, within: limit)
        for (message, response) in zip(messages, answers.responses) { message.answer?.response = response }
        guard let (index, response) = answers.failure else { return answers.responses.last }
        let message = messages[index]
        if let refusal = message.refusal, response.state == TransactionTable.refusalState {
            // What the error's author reads for it is refused here, and not by the server.
            let statement = SQLError(.failedBefore, "it has not changed one row", statement: message.statement)
            _ = fail(statement, at: message.depth)
            throw fail(refusal(), at: message.depth)
        }
        throw fail(link.error(response, of: message.statement), at: message.depth)
    }

    /// Checks that nothing in the transaction has failed.
    ///
    /// - Throws: the error, or `failedBefore` in its place.
    func requireIntact() throws(SQLError) { if let failure { throw standIn(for: failure) } }

    /// Sends what is deferred if that is the beginning of a transaction that has written.
    func sendBeginning() throws(SQLError) {
        if exchangeCount == 0, hasWritten { try resolve() }
    }

    private func exchange(_ messages: [Message], within limit: Duration?) throws(SQLError) -> ServerLink.Answers {
        observer?(messages.map(\.sent))
        exchangeCount += 1
        do throws(SQLError) {
            return try link.exchange(messages, within: limit)
        } catch {
            // Nothing has happened yet in the transaction, which begins with these statements.
            guard exchangeCount == 1, let reconnect, error.code == .connectionLost else { throw fail(error, at: 0) }
            let isReading = isReading
            link = try reconnect().link
            link.isReading = isReading
            lastMarker = nil
            do throws(SQLError) { return try link.exchange(messages, within: limit) } catch { throw fail(error, at: 0) }
        }
    }

    /// Notes an error, after which the transaction takes no more statements, and returns the error to throw.
    private func fail(_ error: any Error, at depth: Int) -> SQLError {
        let failure = Failure(error: error, depth: depth)
        if link.isInTransaction || isBroken { self.failure = failure }
        return error as? SQLError ?? standIn(for: failure)
    }

    /// The error of a statement that is refused because of an earlier one.
    private func standIn(for failure: Failure) -> SQLError {
        if let error = failure.error as? SQLError, failure.depth >= depth { return error }
        return SQLError(.failedBefore, "\(failure.error)", statement: (failure.error as? SQLError)?.statement)
    }

    /// Ends a transaction without effect. A failure doesn't matter: the server does the same when it loses the connection.
    func rollback() {
        (deferred, failure, depth) = ([], nil, 0)
        guard !isBroken, link.isInTransaction, let message = try? message("ROLLBACK", depth: 0) else { return }
        if isReading || !hasWritten {
            // Nobody waits for that.
            try? link.post(message)
        } else {
            _ = try? link.exchange([message], within: .seconds(5))
        }
    }
}
