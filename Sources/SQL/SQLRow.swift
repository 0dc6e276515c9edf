/// A row of a result.
public struct SQLRow: Sendable {
    /// In the order of the columns.
    public let values: [SQLValue]
    private let columns: [String]
    private let statement: String

    /// - Parameters:
    ///   - values: in the order of the columns.
    ///   - columns: their names.
    ///   - statement: the statement that gave the row.
    public init(values: [SQLValue], columns: [String], statement: String) {
        (self.values, self.columns, self.statement) = (values, columns, statement)
    }

    /// The value of a column, counted from zero.
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

    /// That a column is missing, or holds no value of a type.
    @usableFromInline
    func misfit(of column: Int, _ type: String) -> SQLError {
        guard values.indices.contains(column) else {
            return SQLError(.corrupt, "column \(column) is missing and no \(type)", statement: statement)
        }
        return mistake(in: column, "is no \(type)")
    }

    /// That a column does not hold what it should.
    ///
    /// - Parameter problem: what is wrong with its value, as the rest of a sentence about that.
    package func mistake(in column: Int, _ problem: String) -> SQLError {
        SQLError(.corrupt, "\(columns[column]) holds \(values[column].words), which \(problem)", statement: statement)
    }
}

extension SQLValue {
    /// For people, and the keys of rows in messages.
    package var text: String {
        switch self {
        case .null: "NULL"
        case .integer(let value): "\(value)"
        case .text(let text): text
        }
    }

    /// For people, cut off where it becomes long.
    fileprivate var words: String {
        guard case .text(let text) = self else { return text }
        return text.count > 60 ? "'\(text.prefix(60))…'" : "'\(text)'"
    }
}
