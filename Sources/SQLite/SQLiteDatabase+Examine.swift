internal import Dispatch
internal import Glibc
public import SQL

extension SQLiteDatabase {
    /// How many of many damages are told.
    private static var mostDamages: Int { 10 }

    /// Reads every page, and compares indexes with their tables and references with what they refer to.
    public func examine() async throws -> DatabaseCondition {
        try await reading.run { [self] in try examineNow() }
    }

    private func examineNow() throws -> DatabaseCondition {
        // On a connection of its own, as it may take long. One that can't write does not know the tables' conditions.
        let connection =
            try isReadOnly ? DatabaseFile.openForReading(path, locks) : SQLiteConnection(.writing(path), locks: locks)
        try connection.executeScript("PRAGMA query_only = ON")
        return try Self.condition(of: path, on: connection)
    }

    /// Examines a database of which nobody need have the right to write, as ``examine()`` does. Nothing is created.
    ///
    /// - Throws: ``SQLError`` if there is no such file, or it can't be read.
    public static func examine(at path: String) async throws -> DatabaseCondition {
        try await DispatchQueue.global()
            .run {
                let path = try DatabaseFile.resolve(path)
                return try condition(of: path, on: DatabaseFile.openForReading(path))
            }
    }

    private static func condition(of path: String, on connection: SQLiteConnection) throws -> DatabaseCondition {
        let damage = try connection.damage(most: mostDamages, checksConditions: true)
        let lost = try connection.query("PRAGMA foreign_key_check").prefix(mostDamages)
            .map { row throws(SQLError) -> String in
                let (table, parent): (String, String) = (try row(0), try row(2))
                return "a row of table \(table) refers to a row of table \(parent) that is not there"
            }
        return DatabaseCondition(
            damage: damage + lost,
            size: size(of: path) ?? 0,
            logSize: size(of: path + "-wal") ?? 0
        )
    }

    private static func size(of path: String) -> Int64? {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : nil
    }
}

extension DispatchQueue {
    /// Runs `body`, which may wait for disks, on a thread of the queue.
    func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            async { continuation.resume(with: Swift.Result { try body() }) }
        }
    }
}
