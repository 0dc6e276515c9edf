internal import SQL

/// The statements about the processes that use the database.
struct ProcessTable {
    let connection: any SQLConnection

    static let schema = Schema(
        name: "process",
        steps: ["CREATE TABLE process (number INTEGER PRIMARY KEY, label TEXT NOT NULL);"]
    )

    /// Adds a process, and returns its number.
    func add(_ label: String) throws(SQLError) -> Int64 {
        let rows = try connection.query("INSERT INTO process (label) VALUES (?) RETURNING number", label)
        guard let row = rows.first else { throw SQLError(.corrupt, "the process has got no number") }
        return try row(0)
    }

    func remove(_ number: Int64) throws(SQLError) {
        try connection.execute("DELETE FROM process WHERE number = ?", number)
    }

    func contains(_ number: Int64) throws(SQLError) -> Bool {
        try !connection.query("SELECT 1 FROM process WHERE number = ?", number).isEmpty
    }
}
