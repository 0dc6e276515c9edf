/// A set of tables and its migrations: an append-only list of steps, each of which is applied once.
public struct Schema: Sendable {
    /// The schema's name, under which its version is stored.
    public let name: String
    /// The migration scripts, oldest first.
    public let steps: [Step]

    /// - Parameters:
    ///   - name: the schema's name, under which its version is stored.
    ///   - steps: the migration scripts, oldest first. A released step must never be changed.
    public init(name: String, steps: [Step]) {
        self.name = name
        self.steps = steps
    }

    /// A migration script.
    public struct Step: Sendable, Hashable, ExpressibleByStringInterpolation {
        /// The script.
        public let text: String
        /// The script for PostgreSQL, where no older program than the first for it has made tables, so that a step which
        /// converts their content has nothing to do.
        public let onPostgreSQL: String

        /// - Parameters:
        ///   - text: the script.
        ///   - onPostgreSQL: the script for PostgreSQL, if it can't run the other one.
        public init(_ text: String, onPostgreSQL: String? = nil) {
            self.text = text
            self.onPostgreSQL = onPostgreSQL ?? text
        }

        /// Creates a script for every database.
        public init(stringLiteral text: String) { self.init(text) }
    }
}

extension [Schema] {
    /// Whether every step has been applied to the database.
    ///
    /// - Throws: `schemaFromTheFuture` if steps have been applied that this program doesn't know; `unfinished` if the tables
    ///   are marked so.
    public func areApplied(to connection: any SQLConnection) throws(SQLError) -> Bool {
        let found = try versions(in: connection)
        if contains(where: { found[$0.name, default: 0] < 0 }) {
            throw SQLError(.unfinished, "it holds a part of a copy of another database, which has not been completed")
        }
        for schema in self where found[schema.name, default: 0] > schema.steps.count {
            throw SQLError(
                .schemaFromTheFuture,
                "a newer program has migrated '\(schema.name)' tables to version \(found[schema.name, default: 0]); "
                    + "this program knows version \(schema.steps.count)"
            )
        }
        return allSatisfy { found[$0.name, default: 0] == $0.steps.count }
    }

    /// Applies the missing steps. It must be called in a transaction, and checks again there, since another process may
    /// have applied steps in the meantime.
    ///
    /// - Throws: `schemaFromTheFuture` if steps have been applied that this program doesn't know.
    public func apply(to connection: any SQLConnection) throws(SQLError) {
        guard try !areApplied(to: connection) else { return }
        try connection.executeScript(
            "CREATE TABLE IF NOT EXISTS schema_version (name TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT"
        )
        let found = try versions(in: connection)
        for schema in self {
            for step in schema.steps.dropFirst(found[schema.name, default: 0]) { try connection.apply(step) }
            try connection.execute(
                "INSERT INTO schema_version (name, version) VALUES (?, ?) "
                    + "ON CONFLICT (name) DO UPDATE SET version = excluded.version",
                schema.name,
                schema.steps.count
            )
        }
    }

    /// Whether the tables are marked as unfinished.
    package func areUnfinished(in connection: any SQLConnection) throws(SQLError) -> Bool {
        let found = try versions(in: connection)
        return contains { found[$0.name, default: 0] < 0 }
    }

    /// Marks the tables as unfinished, so that they can be neither used nor migrated, or removes the mark: their versions
    /// are negative meanwhile.
    package func mark(asUnfinished isUnfinished: Bool, in connection: any SQLConnection) throws(SQLError) {
        for schema in self {
            try connection.execute(
                "UPDATE schema_version SET version = -version WHERE name = ? AND version \(isUnfinished ? ">" : "<") 0",
                schema.name
            )
        }
    }

    /// The table of the versions, which is not one of a schema.
    package static let versionTable = "schema_version"

    /// The versions of the schemas whose steps have been applied to the database; those of other programs' schemas, too.
    package func versions(in connection: any SQLConnection) throws(SQLError) -> [String: Int] {
        guard try connection.hasTable("schema_version") else { return [:] }
        var versions: [String: Int] = [:]
        for row in try connection.query("SELECT name, version FROM schema_version") {
            versions[try row(0)] = try row(1)
        }
        return versions
    }
}
