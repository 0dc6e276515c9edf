internal import FoundationEssentials
package import SQL
package import TaskFlow

extension SQLRow {
    /// Decodes the row with `decode`.
    ///
    /// - Parameters:
    ///   - table: the row's table.
    ///   - key: the columns that identify the row in the table, counted from zero.
    ///   - name: the column that holds the record's name for messages.
    /// - Throws: ``UnreadableRow`` with the error of `decode` as the reason.
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
        case is DecodingError: "its JSON is truncated or damaged: \(error)"
        default: "\(error)"
        }
    }
}

extension [SQLRow] {
    /// Decodes each row with `decode`.
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
