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

/// The pools that the database knows, found by name and by mark.
struct KnownPools: Sendable {
    private var marks: [String: PoolID]
    private var names: [PoolID: String]
    private let unreadable: [String: UnreadableRow]

    init(_ pools: Listing<KnownPool>) {
        marks = Dictionary(pools.readable.map { ($0.name, $0.id) }) { first, _ in first }
        names = Dictionary(pools.readable.map { ($0.id, $0.name) }) { first, _ in first }
        unreadable = Dictionary(pools.unreadable.map { ($0.key, $0) }) { first, _ in first }
    }

    /// The mark of the pool with this name; `nil` if the database does not know the pool.
    func mark(of name: String) -> PoolID? { marks[name] }

    /// The name of the pool with this mark; `nil` if the database does not know the mark.
    func name(of mark: PoolID) -> String? { names[mark] }

    /// The record of the pool with this name if it can't be read.
    func unreadable(_ name: String) -> UnreadableRow? { unreadable[name] }

    fileprivate mutating func add(_ name: String, as id: PoolID) { (marks[name], names[id]) = (id, name) }
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

    func list() throws -> Listing<KnownPool> { try fetchList().value() }

    private func fetchList() throws -> Fetched<Listing<KnownPool>> {
        try connection.fetch("SELECT name, id FROM pool ORDER BY name")
            .map { rows in rows.decoded(of: "pool") { KnownPool(name: try $0(0), id: try $0(1)) } }
    }

    func known() throws -> KnownPools { try fetchKnown().value() }

    func fetchKnown() throws -> Fetched<KnownPools> { try fetchList().map { KnownPools($0) } }

    /// Records the pool's mark, unless the database has another mark for the pool or knows the mark under another name.
    ///
    /// - Parameter known: the pools that the database knows, to which this one is added.
    /// - Returns: whether the database has this mark for the pool now.
    func register(
        _ name: String,
        as id: PoolID,
        kind: String,
        at time: Date,
        among known: inout KnownPools
    ) throws -> Bool {
        if let mark = known.mark(of: name) { return mark == id }
        guard known.unreadable(name) == nil, known.name(of: id) == nil else { return false }
        try replace(name, as: id, kind: kind, at: time)
        known.add(name, as: id)
        return true
    }

    /// Records the pool's mark in place of any other.
    func replace(_ name: String, as id: PoolID, kind: String, at time: Date) throws {
        try connection.write(
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
        try connection.write("DELETE FROM pool WHERE name = ?", newName)
        try connection.write("UPDATE pool SET name = ? WHERE name = ?", newName, name)
    }
}
