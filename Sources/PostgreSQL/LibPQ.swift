internal import CLibPQ
internal import SQL

/// PostgreSQL's client library, which is loaded when the first database is opened.
enum LibPQ {
    private static let library = "libpq.so.5"
    /// The reason why the library can't be used; `nil` if it can.
    private static let problem = clibpq_load(library).map { String(cString: $0) }

    /// Whether several statements can be sent before the first result is read. Meaningful once the library is loaded.
    static var hasPipelines: Bool { clibpq_has_pipelines() == 1 }

    /// - Throws: `cannotOpen` if the library is missing, or lacks a function.
    static func require() throws(SQLError) {
        guard let problem else { return }
        throw SQLError(
            .cannotOpen,
            "PostgreSQL's client library can't be loaded: \(problem)",
            advice: "install the library \(library), which is in the package libpq5 of Debian"
        )
    }
}

extension PostgreSQLDatabase {
    /// The version of the client library: `15.18`; `nil` if that can't be loaded.
    public static var clientLibrary: String? {
        guard (try? LibPQ.require()) != nil else { return nil }
        let number = clibpq_PQlibVersion()
        // Two parts since version 10, three before.
        return number >= 100_000
            ? "\(number / 10_000).\(number % 10_000)" : "\(number / 10_000).\(number / 100 % 100).\(number % 100)"
    }
}

/// A result of a statement.
final class Response {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { clibpq_PQclear(pointer) }

    var isFailure: Bool {
        let status = Int(clibpq_PQresultStatus(pointer))
        return ![CLIBPQ_EMPTY_QUERY, CLIBPQ_COMMAND_OK, CLIBPQ_TUPLES_OK].contains(status)
    }

    /// Whether the response marks the end of what was sent together.
    var isSync: Bool { Int(clibpq_PQresultStatus(pointer)) == CLIBPQ_PIPELINE_SYNC }

    /// Whether the statement was left out, because one that was sent before it with it has failed.
    var isSkipped: Bool { Int(clibpq_PQresultStatus(pointer)) == CLIBPQ_PIPELINE_ABORTED }

    /// The command that the server has run, such as `COMMIT`, perhaps with numbers.
    var tag: String { String(cString: clibpq_PQcmdStatus(pointer)) }

    /// The number of rows that the statement has changed or returned.
    var count: Int { Int(String(cString: clibpq_PQcmdTuples(pointer))) ?? 0 }

    /// A field of the error.
    private func field(_ code: Int) -> String? {
        clibpq_PQresultErrorField(pointer, Int32(code)).map { String(cString: $0) }
    }

    /// The error's code in the SQL standard; `nil` if the server has sent no error.
    var state: String? { field(CLIBPQ_SQLSTATE) }

    /// The error's message, with the details.
    var message: String? {
        field(CLIBPQ_MESSAGE)
            .map { message in field(CLIBPQ_DETAIL).map { "\(message): \($0)" } ?? message }
    }

    /// The rows of the result.
    func rows(of statement: String) -> [SQLRow] {
        let columns = 0..<clibpq_PQnfields(pointer)
        let names = columns.map { String(cString: clibpq_PQfname(pointer, $0)) }
        let types = columns.map { Int(clibpq_PQftype(pointer, $0)) }
        return (0..<clibpq_PQntuples(pointer))
            .map { row in
                let values = columns.map { value(row, $0, type: types[Int($0)]) }
                return SQLRow(values: values, columns: names, statement: statement)
            }
    }

    /// A value as SQLite would return it: conditions are 0 or 1, and sums are integers.
    private func value(_ row: Int32, _ column: Int32, type: Int) -> SQLValue {
        guard clibpq_PQgetisnull(pointer, row, column) == 0,
            let start = clibpq_PQgetvalue(pointer, row, column)
        else { return .null }
        let length = Int(clibpq_PQgetlength(pointer, row, column))
        let text = start.withMemoryRebound(to: UInt8.self, capacity: length) {
            String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
        }
        switch type {
        case CLIBPQ_BOOL:
            return .integer(text == "t" ? 1 : 0)
        case CLIBPQ_INT8, CLIBPQ_INT4, CLIBPQ_INT2,
            CLIBPQ_OID, CLIBPQ_NUMERIC:
            return Int64(text).map(SQLValue.integer) ?? .text(text)
        default:
            return .text(text)
        }
    }
}
