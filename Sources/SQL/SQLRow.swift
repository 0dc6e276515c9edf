/// A row of a result.
public struct SQLRow: Sendable {
    /// The values in the order of the columns.
    public let values: [SQLValue]
    private let columns: [String]
    private let statement: String

    /// - Parameters:
    ///   - values: the values in the order of the columns.
    ///   - columns: the names of the columns.
    ///   - statement: the statement that returned the row.
    public init(values: [SQLValue], columns: [String], statement: String) {
        (self.values, self.columns, self.statement) = (values, columns, statement)
    }

    /// Returns the value of a column, counted from zero.
    ///
    /// - Throws: `corrupt` when the column holds something else.
    @inlinable
    public func callAsFunction<Value: SQLConvertible>(
        _ column: Int,
        as type: Value.Type = Value.self
    ) throws(SQLError) -> Value {
        guard values.indices.contains(column), let value = Value(sqlValue: values[column]) else {
            throw misfit(of: column, "\(type)")
        }
        return value
    }

    /// The error for a column that is missing, or holds no value of a type.
    @usableFromInline
    func misfit(of column: Int, _ type: String) -> SQLError {
        guard values.indices.contains(column) else {
            return SQLError(.corrupt, "there is no column \(column) to read as \(type)", statement: statement)
        }
        return mistake(in: column, "is not a valid \(type)")
    }

    /// The error for a column with an unexpected value.
    ///
    /// - Parameter problem: the predicate of a sentence about the value, such as "is not a valid Int".
    package func mistake(in column: Int, _ problem: String) -> SQLError {
        SQLError(.corrupt, "\(columns[column]) holds \(values[column].words), which \(problem)", statement: statement)
    }
}

extension SQLValue {
    /// The value in messages, and in the keys of rows.
    package var text: String {
        switch self {
        case .null: "NULL"
        case .integer(let value): "\(value)"
        case .text(let text): text
        }
    }

    /// The value in messages, in quotation marks if it is text, and cut off if it is long.
    fileprivate var words: String {
        guard case .text(let text) = self else { return text }
        return text.count > 60 ? "'\(text.prefix(60))…'" : "'\(text)'"
    }
}
