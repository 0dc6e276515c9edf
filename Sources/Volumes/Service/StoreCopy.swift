public import SQL
internal import SQLStore
internal import TaskFlow
public import VolumeAPI

/// Copies all that a database holds to another one, such as from a file to a server, and verifies every value.
///
/// Both databases must be out of use, and all flows at rest. The source is only read. The target is marked as unfinished until
/// all is verified: nobody can use it, and another copy into it begins anew. The tables are those of the source's own
/// catalogue. Rows keep the numbers that the source gave them, and further ones are numbered after them.
public struct StoreCopy: Sendable {
    /// A database, and what messages call it.
    public struct Side: Sendable {
        /// The database's name in messages.
        public let name: String
        let database: any SQLDatabase

        /// - Parameters:
        ///   - name: the database's name in messages, such as its path.
        ///   - database: the open database.
        public init(_ name: String, _ database: any SQLDatabase) { (self.name, self.database) = (name, database) }
    }

    /// The number of rows that are held in memory at once.
    static let batch = 500
    /// The schemas of the program's tables.
    static let schemas = SQLStore.schemas + VolumeService.schemas

    private let source: Side
    private let target: Side

    /// - Parameters:
    ///   - source: the database to copy.
    ///   - target: an empty database, or one that holds an unfinished copy.
    public init(from source: Side, to target: Side) { (self.source, self.target) = (source, target) }

    /// Copies and verifies all rows.
    ///
    /// - Throws: ``VolumeError``: `conflict` if one of the databases is in use, the source has flows that are not at rest or is
    ///   changed meanwhile, or the target holds anything else; `storeUnavailable` if one of them can't be used, or a value
    ///   is not the same in both.
    /// - Returns: what was copied.
    public func run() async throws(VolumeError) -> StoreContent {
        let content: StoreContent
        do {
            content = try await begin()
        } catch {
            throw VolumeError(copying: source.name, to: target.name, error)
        }
        do {
            for table in content.tables { try await copy(CopiedTable(table)) }
            try await target.database.write(until: nil) { connection in
                for table in try connection.tables() { try connection.continueNumbers(of: table) }
            }
            for table in content.tables { try await verify(CopiedTable(table)) }
            guard try await Self.content(of: source) == content else { throw VolumeError.changedMeanwhile(source.name) }
            try await target.database.write(until: nil) { try Self.schemas.mark(asUnfinished: false, in: $0) }
        } catch {
            let aftermath =
                "'\(source.name)' is as it was; '\(target.name)' holds a part of it, and can only be copied to again"
            throw VolumeError(copying: source.name, to: target.name, error, aftermath: aftermath)
        }
        return content
    }

    /// Checks both databases, and makes the target's tables, empty and marked as unfinished, at once.
    private func begin() async throws -> StoreContent {
        let content = try await Self.content(of: source)
        let liveness = target.database.liveness
        try await target.database.write(until: nil) { [source, target] connection in
            guard liveness.isAlone(in: connection) else { throw VolumeError.inUse(target.name) }
            if try StoreContent.requireFree(connection, named: target.name) {
                for table in try Self.copied(connection.tables()).inOrderOfReferences.reversed() {
                    try CopiedTable(table).clear(in: connection)
                }
                try Self.schemas.mark(asUnfinished: false, in: connection)
            }
            try Self.schemas.apply(to: connection)
            let found = try Self.copied(connection.tables())
            for (table, other) in StoreContent.pairs(content.tables, found) where table?.fits(other) != true {
                throw VolumeError.otherTables(
                    table?.name ?? other?.name ?? "",
                    table == nil ? target.name : source.name
                )
            }
            try Self.schemas.mark(asUnfinished: true, in: connection)
        }
        return content
    }

    /// Checks that nobody else uses a database and that it can be copied, and counts its rows.
    ///
    /// - Throws: ``VolumeError``, as ``run()``.
    public static func content(of source: Side) async throws(VolumeError) -> StoreContent {
        do {
            return try await source.database.read { connection in
                guard source.database.liveness.isAlone(in: connection) else { throw VolumeError.inUse(source.name) }
                return try StoreContent(of: connection, named: source.name)
            }
        } catch {
            throw VolumeError(translating: error)
        }
    }

    private func copy(_ table: CopiedTable) async throws {
        var last: [SQLValue]?
        while true {
            try Task.checkCancellation()
            let rows = try await source.database.read { [last] in
                try table.rows(after: last, limit: Self.batch, in: $0)
            }
            guard let end = rows.last else { return }
            try await target.database.write(until: nil) { try table.insert(rows, in: $0) }
            last = table.key(of: end)
        }
    }

    /// Compares every value of a table.
    private func verify(_ table: CopiedTable) async throws {
        var last: [SQLValue]?
        while true {
            try Task.checkCancellation()
            let read: @Sendable (any SQLConnection) throws -> [[SQLValue]] = { [last] connection in
                try table.rows(after: last, limit: Self.batch, in: connection)
            }
            let (rows, copies) = (try await source.database.read(read), try await target.database.read(read))
            guard rows == copies else {
                let index = zip(rows, copies).prefix { $0 == $1 }.count
                let row = index < rows.count ? rows[index] : copies[index]
                throw VolumeError.difference(in: table.table.name, table.key(of: row))
            }
            guard let end = rows.last else { return }
            last = table.key(of: end)
        }
    }

    /// The tables whose rows are copied: all but the versions of the schemas, which the target has of its own.
    static func copied(_ tables: [SQLTable]) -> [SQLTable] { tables.filter { $0.name != [Schema].versionTable } }
}
