internal import SQL

/// Rules about the migration of a database's tables.
let schemaRules: [Rule] = [
    Rule("schema-grows", "each step is applied once, and a new one to the existing tables") { bench in
        let first = try await bench.database([things(1)])
        try await first.transact { _ = try $0.execute("INSERT INTO thing (name) VALUES (?)", "old") }
        for _ in 1...2 {
            let database = try await bench.database([things(2)])
            let size: Int = try await database.read { try $0.value("SELECT size FROM thing") }
            try bench.expect(size, is: 7, "the new column")
        }
    },
    Rule("schema-whole", "a step that fails leaves the tables as they were") { bench in
        _ = try await bench.database([things(1)])
        let wrong = Schema(name: "thing", steps: things(2).steps + ["CREATE TABLE thing (name TEXT)"])
        try await bench.failure(SQLError.self, of: "a step that fails") { try await bench.database([wrong]) }
        _ = try await bench.database([things(1)])
    },
    Rule("schema-from-the-future", "tables that a newer program has migrated are refused") { bench in
        _ = try await bench.database([things(2)])
        let error = try await bench.failure(SQLError.self, of: "an older program") {
            try await bench.database([things(1)])
        }
        try bench.expect(error.code, is: .schemaFromTheFuture, "the code")
    },
    Rule("schema-at-once", "several processes can create the tables at once") { bench in
        try await withThrowingTaskGroup { group in
            for number in 1...8 {
                group.addTask { try await bench.database([things(2)]).note("\(number)") }
            }
            try await group.waitForAll()
        }
        try bench.expect(try await bench.database().notes().count, is: 8, "the notes of 8")
    },
]

/// The first steps of a table's history.
private func things(_ count: Int) -> Schema {
    let steps: [Schema.Step] = [
        "CREATE TABLE thing (name TEXT NOT NULL)", "ALTER TABLE thing ADD COLUMN size BIGINT NOT NULL DEFAULT 7",
    ]
    return Schema(name: "thing", steps: Array(steps.prefix(count)))
}
