internal import FoundationEssentials
internal import Identity
internal import SQL
internal import TaskFlow

/// All statements about logbooks alone.
struct LogBookTable {
    let connection: any SQLConnection

    func save(_ book: LogBook) throws {
        try connection.write(
            """
            INSERT INTO logbook (id, name, meta, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
                name = excluded.name, meta = excluded.meta,
                created_at = excluded.created_at, updated_at = excluded.updated_at
            """,
            book.id,
            book.name,
            String(decoding: try JSONEncoder().encode(book.meta), as: UTF8.self),
            book.createdAt,
            book.updatedAt
        )
    }

    func find(_ book: LogBookID) throws -> LogBook? {
        try connection.query("SELECT \(Self.columns) FROM logbook WHERE id = ?", book)
            .first.map { try $0.decoded(of: "logbook", by: Self.book) }
    }

    /// - Throws: ``LogBookMissing`` if there is no such logbook.
    func require(_ book: LogBookID) throws { if try find(book) == nil { throw LogBookMissing(book) } }

    /// All logbooks, oldest first.
    func list() throws -> Listing<LogBook> {
        try connection.query("SELECT \(Self.columns) FROM logbook ORDER BY created_at, id")
            .decoded(of: "logbook", by: Self.book)
    }

    func delete(_ book: LogBookID) throws { try connection.write("DELETE FROM logbook WHERE id = ?", book) }

    private static let columns = "id, name, meta, created_at, updated_at"

    private static func book(_ row: SQLRow) throws -> LogBook {
        let meta: String = try row(2)
        return LogBook(
            id: try row(0),
            name: try row(1),
            meta: try JSONDecoder().decode([String: String].self, from: Data(meta.utf8)),
            createdAt: try row(3),
            updatedAt: try row(4)
        )
    }
}
