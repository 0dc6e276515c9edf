internal import FoundationEssentials
package import TaskFlow

/// A row of a result.
public struct SQLRow: Sendable {
    let values: [SQLValue]
    let columns: [String]
    let statement: String

    /// The value of a column, counted from zero.
    ///
    /// - Throws: `corrupt` when the column holds something else.
    public func callAsFunction<Value: SQLConvertible>(
        _ column: Int,
        as type: Value.Type = Value.self
    ) throws(SQLError) -> Value {
        guard values.indices.contains(column) else {
            throw SQLError(.corrupt, "column \(column) is missing and no \(type)", statement: statement)
        }
        guard let value = Value(sqlValue: values[column]) else { throw mistake(in: column, "is no \(type)") }
        return value
    }

    /// That a column does not hold what it should.
    ///
    /// - Parameter problem: what is wrong with its value, as the rest of a sentence about that.
    package func mistake(in column: Int, _ problem: String) -> SQLError {
        SQLError(.corrupt, "\(columns[column]) holds \(values[column].words), which \(problem)", statement: statement)
    }

    /// What `decode` makes of the row.
    ///
    /// - Parameters:
    ///   - table: the table that the row is of.
    ///   - key: the columns that identify the row in the table, counted from zero.
    ///   - name: the column that holds what people call the record.
    /// - Throws: ``UnreadableRow`` with whatever `decode` throws as the reason.
    package func decoded<Element>(
        of table: String,
        key: [Int] = [0],
        name: Int? = nil,
        by decode: (SQLRow) throws -> Element
    ) throws(UnreadableRow) -> Element {
        do {
            return try decode(self)
        } catch {
            let key = key.map { values[$0].text }.joined(separator: "/")
            let name = name.flatMap { String(sqlValue: values[$0]) }
            throw UnreadableRow(table: table, key: key, name: name, reason: Self.reason(error))
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as SQLError: error.message
        case is DecodingError: "its JSON is cut short or changed: \(error)"
        default: "\(error)"
        }
    }
}

extension [SQLRow] {
    /// What `decode` makes of each row.
    package func decoded<Record>(
        of table: String,
        key: [Int] = [0],
        name: Int? = nil,
        by decode: (SQLRow) throws -> Record
    ) -> Listing<Record> {
        var readable: [Record] = []
        var unreadable: [UnreadableRow] = []
        readable.reserveCapacity(count)
        for row in self {
            do throws(UnreadableRow) {
                readable.append(try row.decoded(of: table, key: key, name: name, by: decode))
            } catch {
                unreadable.append(error)
            }
        }
        return Listing(readable: readable, unreadable: unreadable)
    }
}

extension SQLValue {
    fileprivate var text: String {
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
