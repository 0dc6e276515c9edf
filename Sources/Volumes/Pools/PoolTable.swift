internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// A pool as the database knows it: by its mark, wherever its location is.
struct KnownPool: Sendable, Hashable {
    let name: String
    let id: PoolID
}

/// Every statement about pools, and nothing else.
struct PoolTable {
    let connection: any SQLConnection

    static let schema = Schema(
        name: "pool",
        steps: [
            """
            CREATE TABLE pool (
                name TEXT PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                kind TEXT NOT NULL,
                known_since INTEGER NOT NULL
            ) STRICT;
            """
        ]
    )

    func list() throws -> Listing<KnownPool> {
        try connection.query("SELECT name, id FROM pool ORDER BY name")
            .decoded(of: "pool") { KnownPool(name: try $0(0), id: try $0(1)) }
    }

    /// Records the pool's mark, unless the database has another mark for the pool or knows the mark under another name.
    ///
    /// - Returns: whether the database has this mark for the pool now.
    func register(_ name: String, as id: PoolID, kind: String, at time: Date) throws -> Bool {
        let known = try list()
        if let pool = known.first(where: { $0.name == name }) { return pool.id == id }
        guard !known.unreadable.contains(where: { $0.key == name }) else { return false }
        guard !known.contains(where: { $0.id == id }) else { return false }
        try replace(name, as: id, kind: kind, at: time)
        return true
    }

    /// Records the pool's mark in place of any other.
    func replace(_ name: String, as id: PoolID, kind: String, at time: Date) throws {
        try connection.execute(
            """
            INSERT INTO pool (name, id, kind, known_since) VALUES (?, ?, ?, ?)
            ON CONFLICT (name) DO UPDATE
                SET id = excluded.id, kind = excluded.kind, known_since = excluded.known_since
            """,
            name,
            id,
            kind,
            time
        )
    }

    func rename(_ name: String, to newName: String) throws {
        try connection.execute("DELETE FROM pool WHERE name = ?", newName)
        try connection.execute("UPDATE pool SET name = ? WHERE name = ?", newName, name)
    }
}
