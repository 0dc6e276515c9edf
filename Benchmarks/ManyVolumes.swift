import ArgumentParser
import Foundation
import Identity
import SQL
import SQLStore
import SQLite
import VolumeAPI
import VolumeDriver

/// Fills a database with volumes in bulk.
struct ManyVolumes {
    /// The path of the database.
    private let database: String

    init(in database: String) { self.database = database }

    /// Adds volumes as if they had been created: rows, flows with their journals, and files.
    ///
    /// - Parameter pool: the directory of their files; `nil` for none.
    func add(_ number: Int, like volume: Volume, filesIn pool: String?) async throws {
        guard number > 0 else { return }
        let store = try SQLStore(SQLiteDatabase(path: database))
        try await store.transact { transaction in
            let connection = transaction.connection
            func copy(_ table: String, key: String, of id: String, without columns: String...) throws {
                let left = ([key] + columns).map { "'\($0)'" }.joined(separator: ", ")
                let rows = try connection.query(
                    "SELECT group_concat(name, ', ') FROM pragma_table_info('\(table)') WHERE name NOT IN (\(left))"
                )
                let others: String = try rows[0](0)
                let flow = table == "volume" ? others.replacing("flow", with: Self.newID) : others
                try connection.execute(
                    """
                    WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
                    INSERT INTO \(table) (\(key), \(others)) SELECT \(Self.newID), \(flow) FROM number, \(table)
                    WHERE \(key) = ?
                    """,
                    number,
                    id
                )
            }
            try copy("flow", key: "id", of: volume.flow.description, without: "number")
            try copy("flow_journal", key: "flow", of: volume.flow.description)
            try copy("volume", key: "id", of: volume.id.description, without: "number")
            try connection.execute(
                "UPDATE quota SET in_use = in_use + CASE resource WHEN 'volumes' THEN ? ELSE ? END",
                number,
                Int64(number) * volume.size.bytes
            )
            try connection.execute(
                "UPDATE pool_provisioned SET volumes = volumes + ?, bytes = bytes + ?",
                number,
                Int64(number) * volume.size.bytes
            )
        }
        await store.close()
        guard let pool else { return }
        for n in 1...number {
            let file = open(
                String(format: "%@/volume-%08x-0000-4000-8000-%012x", pool, n, n),
                O_WRONLY | O_CREAT,
                0o600
            )
            guard file >= 0, ftruncate(file, Int(volume.size.bytes)) == 0 else { throw ExitCode.failure }
            close(file)
        }
    }

    private static let newID = "printf('%08x-0000-4000-8000-%012x', n, n)"
}
