/// The history of a set of tables: an append-only list of steps, each of which is taken once.
public struct Schema: Sendable {
    /// Whose tables they are.
    public let name: String
    /// Scripts, oldest first.
    public let steps: [String]

    /// - Parameters:
    ///   - name: whose tables they are; stored.
    ///   - steps: scripts, oldest first. What has been released is never changed.
    public init(name: String, steps: [String]) {
        self.name = name
        self.steps = steps
    }
}

extension [Schema] {
    /// Whether the database has had every step.
    ///
    /// - Throws: `schemaFromTheFuture` when it has had steps that this program doesn't know.
    public func areApplied(to connection: any SQLConnection) throws(SQLError) -> Bool {
        let found = try versions(in: connection)
        for schema in self where found[schema.name, default: 0] > schema.steps.count {
            throw SQLError(
                .schemaFromTheFuture,
                "its '\(schema.name)' tables have version \(found[schema.name, default: 0]); "
                    + "this program knows \(schema.steps.count)"
            )
        }
        return allSatisfy { found[$0.name, default: 0] == $0.steps.count }
    }

    /// Takes the steps that are missing. To be called in a transaction, in which it looks again: another process may have
    /// taken them, or more, since.
    public func apply(to connection: any SQLConnection) throws(SQLError) {
        guard try !areApplied(to: connection) else { return }
        try connection.executeScript(
            "CREATE TABLE IF NOT EXISTS schema_version (name TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT"
        )
        let found = try versions(in: connection)
        for schema in self {
            for step in schema.steps.dropFirst(found[schema.name, default: 0]) { try connection.executeScript(step) }
            try connection.execute(
                "INSERT INTO schema_version (name, version) VALUES (?, ?) "
                    + "ON CONFLICT (name) DO UPDATE SET version = excluded.version",
                schema.name,
                schema.steps.count
            )
        }
    }

    private func versions(in connection: any SQLConnection) throws(SQLError) -> [String: Int] {
        guard try connection.hasTable("schema_version") else { return [:] }
        var versions: [String: Int] = [:]
        for row in try connection.query("SELECT name, version FROM schema_version") {
            versions[try row(0)] = try row(1)
        }
        return versions
    }
}
