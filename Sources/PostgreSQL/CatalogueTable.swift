internal import SQL

/// The statements about the catalogue of a server, and about the numbers of rows.
struct CatalogueTable {
    let connection: PostgreSQLConnection

    /// The tables that every use of a server needs, and that are not copied: they are about its transactions and processes.
    private static let own: Set = ["commit_marker", "owner"]

    /// Describes the tables of the current schema.
    func tables() throws(SQLError) -> [SQLTable] {
        let references = try references()
        var columns: [String: [Column]] = [:]
        for row in try connection.query(Self.columns) {
            let table: String = try row(0)
            columns[table, default: []]
                .append(Column(name: try row(1), isNumbered: try row(2) == 1, place: try row(3)))
        }
        return columns.filter { !Self.own.contains($0.key) }.sorted { $0.key < $1.key }
            .map { name, columns in
                let key = columns.filter { $0.place != nil }.sorted { ($0.place ?? 0) < ($1.place ?? 0) }
                return SQLTable(
                    name: name,
                    columns: columns.map(\.name),
                    key: key.map(\.name),
                    identity: columns.first(where: \.isNumbered)?.name,
                    references: references[name, default: []]
                )
            }
    }

    /// A column, and its place in the primary key.
    private struct Column {
        let name: String
        let isNumbered: Bool
        let place: Int?
    }

    private static let columns = """
        SELECT c.relname, a.attname, CASE WHEN a.attidentity <> '' THEN 1 ELSE 0 END,
            array_position(CAST(i.indkey AS int2[]), a.attnum)
        FROM pg_class AS c
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
        WHERE c.relkind = 'r' AND c.relnamespace = CAST(quote_ident(current_schema()) AS regnamespace)
        ORDER BY c.relname, a.attnum
        """

    /// The tables to which the rows of each table refer.
    private func references() throws(SQLError) -> [String: Set<String>] {
        var references: [String: Set<String>] = [:]
        for row in try connection.query(
            """
            SELECT c.relname, f.relname FROM pg_constraint AS k
            JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_class AS f ON f.oid = k.confrelid
            WHERE k.contype = 'f' AND c.relnamespace = CAST(quote_ident(current_schema()) AS regnamespace)
            """
        ) {
            references[try row(0), default: []].insert(try row(1))
        }
        return references
    }

    /// Sets the sequence of a table's numbers to the highest number that there is.
    func continueNumbers(of table: SQLTable) throws(SQLError) {
        guard let identity = table.identity else { return }
        let (name, column) = (quoted(table.name), quoted(identity))
        try connection.execute(
            """
            SELECT setval(pg_get_serial_sequence(?, ?), COALESCE(MAX(\(column)), 1), MAX(\(column)) IS NOT NULL)
            FROM \(name)
            """,
            name,
            identity
        )
    }

    private func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }
}

extension PostgreSQLConnection {
    func tables() throws(SQLError) -> [SQLTable] { try CatalogueTable(connection: self).tables() }

    func continueNumbers(of table: SQLTable) throws(SQLError) {
        try CatalogueTable(connection: self).continueNumbers(of: table)
    }
}
