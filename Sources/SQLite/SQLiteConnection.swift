internal import CSQLite
internal import Ownership
internal import SQL

/// A connection to an SQLite file, for one caller at a time.
final class SQLiteConnection: SQLConnection {
    private let handle: OpaquePointer
    /// Whether the database is in memory, without a file.
    let isInMemory: Bool
    // Must be closed after the connection; closing it earlier would drop the connection's locks.
    private let locks: OwnerLocks?
    private var statements: [StatementText: Statement] = [:]
    /// The keys of the body that the connection is lent to.
    var heldKeys = HeldKeys.everything

    /// The time in milliseconds that a statement waits for other processes before it fails with `busy`.
    static let patience: Int32 = 60_000

    private struct Statement {
        let handle: OpaquePointer
        let parameterCount: Int
        let columns: [String]
    }

    /// The key of a statement. Hashed by its length: to hash all of its text costs as much as to run a short one, and
    /// few are equally long.
    private struct StatementText: Hashable {
        let text: String

        func hash(into hasher: inout Hasher) { hasher.combine(text.utf8.count) }
    }

    /// Does no harm where somebody else of this process has opened a database before: then the statistics are kept.
    private static let keepsNoMemoryStatistics = csqlite_skip_memory_statistics() == SQLITE_OK

    /// The file to open, and the way to open it.
    enum Target {
        case writing(String)
        case reading(String)
        /// A file that no process writes, read without its log and without a lock.
        case unchanging(String)
        case memory
    }

    /// - Parameters:
    ///   - locks: the file's owner locks, which must outlive the connection.
    ///   - patience: how long a statement waits for other processes, in milliseconds.
    init(
        _ target: Target,
        locks: OwnerLocks? = nil,
        patience: Int32 = SQLiteConnection.patience
    ) throws(SQLError) {
        _ = Self.keepsNoMemoryStatistics
        self.locks = locks
        isInMemory = if case .memory = target { true } else { false }
        let (path, access) =
            switch target {
            case .writing(let path): (path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
            case .reading(let path): (path, SQLITE_OPEN_READONLY)
            case .unchanging(let path): (Self.address(path) + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI)
            case .memory: (":memory:", SQLITE_OPEN_READWRITE)
            }
        var opened: OpaquePointer?
        let result = sqlite3_open_v2(path, &opened, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard result == SQLITE_OK, let opened else {
            defer { sqlite3_close_v2(opened) }
            throw SQLError(.init(sqlite: result), "\(path): \(String(cString: sqlite3_errstr(result)))")
        }
        handle = opened
        sqlite3_busy_timeout(handle, patience)
        _ = csqlite_skip_checkpoint_on_close(handle)
        // In memory, what a savepoint may have to put back: else a file is made for it in every other transaction.
        try executeScript("PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY")
        // These pragmas read the file, which can fail if it can't be written: SQLite's shared memory may be missing
        // then.
        if access & SQLITE_OPEN_READWRITE != 0 {
            try executeScript("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
        }
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement.handle) }
        sqlite3_close_v2(handle)
    }

    /// The path as an SQLite URI.
    private static func address(_ path: String) -> String {
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/".utf8)
        return path.utf8.reduce(into: "file:") { address, byte in
            if plain.contains(byte) {
                address.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                address += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
    }

    /// Moves the log's content into the database's file and truncates the log, unless the database is in use.
    func checkpoint() throws(SQLError) {
        sqlite3_busy_timeout(handle, 0)
        defer { sqlite3_busy_timeout(handle, Self.patience) }
        try check(sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil), "wal_checkpoint")
    }

    func executeScript(_ script: String) throws(SQLError) {
        try check(sqlite3_exec(handle, script, nil, nil, nil), script)
    }

    @discardableResult
    func execute(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> Int {
        let prepared = try bound(statement, arguments)
        defer { reset(prepared) }
        try check(sqlite3_step(prepared.handle), statement)
        return Int(sqlite3_changes64(handle))
    }

    func query(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> [SQLRow] {
        let prepared = try bound(statement, arguments)
        defer { reset(prepared) }
        var rows: [SQLRow] = []
        while true {
            let result = sqlite3_step(prepared.handle)
            try check(result, statement)
            guard result == SQLITE_ROW else { return rows }
            let values = prepared.columns.indices.map { Self.value(of: prepared.handle, column: Int32($0)) }
            rows.append(SQLRow(values: values, columns: prepared.columns, statement: statement))
        }
    }

    private func bound(_ sql: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> Statement {
        let statement = try prepared(sql)
        guard statement.parameterCount == arguments.count else {
            throw SQLError(.statement, "it does not take \(arguments.count) arguments", statement: sql)
        }
        for (index, argument) in zip(Int32(1)..., arguments) {
            try check(Self.bind(argument.sqlValue, to: index, of: statement.handle), sql)
        }
        return statement
    }

    private static func bind(_ value: SQLValue, to index: Int32, of statement: OpaquePointer) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(statement, index)
        case .integer(let value): return sqlite3_bind_int64(statement, index, value)
        case .text(var text):
            return text.withUTF8 { bytes in
                guard let start = bytes.baseAddress else {
                    return sqlite3_bind_text(statement, index, "", 0, csqlite_transient())
                }
                return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                    sqlite3_bind_text(statement, index, $0, Int32(bytes.count), csqlite_transient())
                }
            }
        }
    }

    private func prepared(_ sql: String) throws(SQLError) -> Statement {
        if let statement = statements[StatementText(text: sql)] { return statement }
        var prepared: OpaquePointer?
        try check(sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil), sql)
        guard let prepared else { throw SQLError(.statement, "it is empty", statement: sql) }
        let columns = (0..<sqlite3_column_count(prepared))
            .map { column in
                sqlite3_column_name(prepared, column).map { String(cString: $0) } ?? "column \(column)"
            }
        let statement = Statement(
            handle: prepared,
            parameterCount: Int(sqlite3_bind_parameter_count(prepared)),
            columns: columns
        )
        statements[StatementText(text: sql)] = statement
        return statement
    }

    private func reset(_ statement: Statement) {
        sqlite3_reset(statement.handle)
        sqlite3_clear_bindings(statement.handle)
    }

    private func check(_ result: Int32, _ sql: String) throws(SQLError) {
        guard result != SQLITE_OK, result != SQLITE_ROW, result != SQLITE_DONE else { return }
        throw SQLError(.init(sqlite: result), String(cString: sqlite3_errmsg(handle)), statement: sql)
    }

    private static func value(of statement: OpaquePointer, column: Int32) -> SQLValue {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, column))
        case SQLITE_NULL: return .null
        default:
            guard let bytes = sqlite3_column_text(statement, column) else { return .null }
            let count = Int(sqlite3_column_bytes(statement, column))
            return .text(String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self))
        }
    }
}

extension SQLError.Code {
    fileprivate init(sqlite result: Int32) {
        self =
            switch result & 0xFF {
            case SQLITE_BUSY, SQLITE_LOCKED: .busy
            case SQLITE_FULL: .full
            case SQLITE_IOERR: .inputOutput
            case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
            case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: .notPermitted
            case SQLITE_CANTOPEN: .cannotOpen
            case SQLITE_CONSTRAINT: .constraint
            default: .statement
            }
    }
}
