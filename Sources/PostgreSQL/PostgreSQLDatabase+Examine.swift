public import SQL

extension PostgreSQLDatabase {
    /// Asks the server for the size of the database, and whether it would notice damaged pages. The server examines its pages
    /// by itself, whenever it reads them.
    public func examine() async throws -> DatabaseCondition {
        try await read { connection in
            let rows = try connection.query(
                "SELECT pg_database_size(current_database()), current_setting('data_checksums')"
            )
            guard let row = rows.first else { throw SQLError(.statement, "the server has not said how large it is") }
            let (size, checksums): (Int64, String) = (try row(0), try row(1))
            return DatabaseCondition(
                caution: checksums == "on"
                    ? nil
                    : (
                        "the server keeps no checksums, and so does not notice damaged pages",
                        "see pg_checksums(1), which adds them while the server is stopped"
                    ),
                size: size
            )
        }
    }
}
