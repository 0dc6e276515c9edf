internal import Identity
public import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI

/// The tables of a database that can be copied, and what they hold.
public struct StoreContent: Sendable, Hashable {
    /// The tables, in an order in which rows refer only to those of earlier tables.
    let tables: [SQLTable]
    /// The number of rows of each table.
    public let rows: [String: Int]
    /// The highest number that the database has given to a row of each table.
    private let numbers: [String: Int64]

    /// The number of all rows.
    public var count: Int { rows.values.reduce(0, +) }

    /// Checks that a database can be copied, and counts its rows.
    ///
    /// - Parameter name: what messages call the database.
    /// - Throws: ``VolumeError``: `conflict` if it has flows that are not at rest, or an older program made it;
    ///   `storeUnavailable` if it can't be read, or a newer program made it.
    public init(of connection: any SQLConnection, named name: String) throws {
        try Self.requireReadable(connection, named: name)
        let flows = try SQLStore.runsUnderWay(in: connection)
        let ids = flows.readable.map(\.id.description) + flows.unreadable.map(\.key)
        if let flow = ids.first { throw VolumeError.underWay(ids.count, flow, in: name) }
        tables = try StoreCopy.copied(connection.tables()).inOrderOfReferences
        if let table = tables.first(where: { $0.key.isEmpty }) { throw VolumeError.withoutKey(table.name, in: name) }
        var (rows, numbers) = ([String: Int](), [String: Int64]())
        for table in tables {
            rows[table.name] = try CopiedTable(table).count(in: connection)
            numbers[table.name] = try CopiedTable(table).highestNumber(in: connection)
        }
        (self.rows, self.numbers) = (rows, numbers)
    }

    /// Checks that this program has made a database or brought its tables up to date.
    ///
    /// - Parameter name: what messages call the database.
    /// - Throws: ``VolumeError``: `conflict` if it hasn't; `storeUnavailable` if a newer program made it, or it is an unfinished
    ///   copy.
    public static func requireReadable(_ connection: any SQLConnection, named name: String) throws {
        guard try StoreCopy.schemas.areApplied(to: connection) else { throw VolumeError.outdated(name) }
    }

    /// Checks that a database can be copied to: it holds nothing, or an unfinished copy.
    ///
    /// - Parameter name: what messages call the database.
    /// - Throws: ``VolumeError``: `conflict` if it holds anything else.
    /// - Returns: whether it holds an unfinished copy.
    public static func requireFree(_ connection: any SQLConnection, named name: String) throws -> Bool {
        if try StoreCopy.schemas.areUnfinished(in: connection) { return true }
        for table in try StoreCopy.copied(connection.tables()) {
            let count = try CopiedTable(table).count(in: connection)
            guard count == 0 else { throw VolumeError.occupied(name, table.name, count) }
        }
        return false
    }

    /// The tables of both lists by their names; `nil` for one that a list does not have.
    static func pairs(_ tables: [SQLTable], _ others: [SQLTable]) -> [(SQLTable?, SQLTable?)] {
        let names = Set((tables + others).map(\.name)).sorted()
        return names.map { name in (tables.first { $0.name == name }, others.first { $0.name == name }) }
    }
}

extension SQLTable {
    /// Whether the rows of this table fit into the other one.
    func fits(_ other: SQLTable?) -> Bool {
        guard let other else { return false }
        return Set(columns) == Set(other.columns) && key == other.key
    }
}

extension VolumeError {
    /// The error for a copy of a database.
    ///
    /// - Parameter aftermath: the state of things now; by default that nothing was changed.
    init(copying source: String, to target: String, _ error: any Error, aftermath: String? = nil) {
        if error is CancellationError {
            self.init(
                .cancelled,
                "the copy of '\(source)' to '\(target)' was cancelled",
                aftermath: aftermath ?? "nothing was changed",
                remedies: [.advice("copy it again, which begins anew")]
            )
            return
        }
        let known = VolumeError(translating: error)
        let isOwn = error is VolumeError
        self.init(
            known.code,
            isOwn ? known.message : "cannot copy '\(source)' to '\(target)'",
            cause: known.cause,
            aftermath: aftermath ?? "nothing was changed",
            remedies: known.remedies
        )
    }

    fileprivate static func outdated(_ name: String) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot copy '\(name)': its tables are not those of this program",
            cause: "an older program made it, or it is no database of this program",
            remedies: [.advice("have this program use it once, which brings its tables up to date")]
        )
    }

    fileprivate static func underWay(_ count: Int, _ flow: String, in name: String) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot copy '\(name)': \(count == 1 ? "a flow" : "\(count) flows") must finish or be reverted first",
            cause: "flow \(flow) is not at rest",
            remedies: [.advice("have this program use '\(name)' once, which finishes or reverts them")]
        )
    }

    fileprivate static func withoutKey(_ table: String, in name: String) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot copy '\(name)': table '\(table)' has no primary key, so that its rows can't be told apart",
            remedies: [.advice("remove that table, which this program has not made")]
        )
    }

    fileprivate static func occupied(_ name: String, _ table: String, _ count: Int) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot copy to '\(name)': it holds something already",
            cause: "table '\(table)' has \(count.of("row"))",
            remedies: [.advice("name a database that does not exist yet, or an empty one")]
        )
    }

    static func inUse(_ name: String) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot copy: another process uses '\(name)'",
            remedies: [.advice("end all commands and services that use it, and try again")]
        )
    }

    static func changedMeanwhile(_ name: String) -> VolumeError {
        VolumeError(
            .conflict,
            "the copy is not complete: '\(name)' was changed meanwhile",
            remedies: [.advice("end all commands and services that use it, and copy it again, which begins anew")]
        )
    }

    static func otherTables(_ table: String, _ name: String) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot copy: table '\(table)' of '\(name)' is not the same in both databases",
            remedies: [.advice("remove the table if this program has not made it")]
        )
    }

    static func difference(in table: String, _ key: [SQLValue]) -> VolumeError {
        VolumeError(
            .storeUnavailable,
            "the copy is not the same: table '\(table)' differs in row \(key.map(\.text).joined(separator: "/"))",
            remedies: [.advice("look for disk errors with: dmesg; copy again, which begins anew")]
        )
    }
}
