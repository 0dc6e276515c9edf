internal import Dispatch
internal import Glibc
public import SQL

extension SQLiteDatabase {
    /// How many of many damages are told.
    private static var mostDamages: Int { 10 }

    /// Reads every page, and compares indexes with their tables and references with what they refer to.
    public func examine() async throws -> DatabaseCondition {
        try await withCheckedThrowingContinuation { continuation in
            reading.async { [self] in
                continuation.resume(with: Swift.Result { try examineNow() })
            }
        }
    }

    private func examineNow() throws -> DatabaseCondition {
        // On a connection of its own, as it may take long. One that can't write does not know the tables' conditions.
        let connection =
            try isReadOnly ? DatabaseFile.openForReading(path, locks) : SQLiteConnection(.writing(path), locks: locks)
        try connection.executeScript("PRAGMA query_only = ON")
        let findings: [String] = try connection.query("PRAGMA integrity_check(\(Self.mostDamages))")
            .map { row throws(SQLError) in try row(0) }
        let lost = try connection.query("PRAGMA foreign_key_check").prefix(Self.mostDamages)
            .map { row throws(SQLError) -> String in
                let (table, parent): (String, String) = (try row(0), try row(2))
                return "a row of table \(table) refers to a row of table \(parent) that is not there"
            }
        return DatabaseCondition(
            damage: (findings == ["ok"] ? [] : findings) + lost,
            size: Self.size(of: path) ?? 0,
            logSize: Self.size(of: path + "-wal") ?? 0
        )
    }

    private static func size(of path: String) -> Int64? {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : nil
    }
}
