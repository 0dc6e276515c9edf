public import FoundationEssentials
public import SQL
internal import VolumeAPI

/// What a database holds, as a person tells one from another.
public struct StoreSummary: Sendable, Hashable {
    /// How many volumes it has, of all projects.
    public let volumes: Int
    /// How many snapshots it has, of all projects.
    public let snapshots: Int
    /// How many flows it has, ended or not.
    public let flows: Int
    /// How many events it has.
    public let events: Int
    /// The time of the newest event; `nil` without any.
    public let newestEvent: Date?

    /// Counts what a database holds.
    ///
    /// - Parameter name: what messages call the database.
    /// - Throws: ``VolumeError``: `conflict` if it is no database of this program; `storeUnavailable` if a newer program has
    ///   made it; ``SQLError`` if it can't be read.
    public init(of connection: any SQLConnection, named name: String) throws {
        let versions = try VolumeService.tableVersions(in: connection)
        if let table = versions.first(where: { $0.found > $0.known }) {
            throw SQLError(
                .schemaFromTheFuture,
                "\(name): \(table.name) has version \(table.found), and this program knows \(table.known)"
            )
        }
        func count(_ table: String) throws -> Int? {
            guard versions.contains(where: { $0.name == table && $0.found > 0 }) else { return nil }
            return try connection.query("SELECT COUNT(*) FROM \(table)").first?(0) ?? 0
        }
        guard let volumes = try count("volume") else { throw VolumeError.noStore(name) }
        self.volumes = volumes
        snapshots = try count("snapshot") ?? 0
        events = try count("event") ?? 0
        flows = try connection.query("SELECT COUNT(*) FROM flow").first?(0) ?? 0
        // Older tables may hold times in another form.
        newestEvent = events == 0 ? nil : try? CheckupTable(connection: connection).newestEvent()
    }
}

extension VolumeError {
    fileprivate static func noStore(_ name: String) -> VolumeError {
        VolumeError(
            .conflict,
            "'\(name)' is no database of this program",
            cause: "it has no table of volumes",
            remedies: [.advice("name a file that a backup has written")]
        )
    }
}
