internal import SQL

/// Rules about what a database tells of itself, for copies of all that it holds.
let catalogueRules: [Rule] = [
    Rule("catalogue", "the catalogue describes every table with its columns, key and references") { bench in
        let database = try await bench.database([families])
        let tables = try await database.read { try $0.tables() }
        let parent = SQLTable(
            name: "parent",
            columns: ["number", "name"],
            key: ["number"],
            identity: "number",
            references: []
        )
        let child = SQLTable(
            name: "child",
            columns: ["name", "parent", "place"],
            key: ["parent", "place"],
            identity: nil,
            references: ["parent"]
        )
        try bench.expect(tables.first { $0.name == "parent" }, is: parent, "a table with numbers")
        try bench.expect(tables.first { $0.name == "child" }, is: child, "a table that refers to another one")
        try bench.expect(tables.map(\.name), is: tables.map(\.name).sorted(), "the order of the tables")
        try bench.expect(tables.contains { $0.name == "note" }, "a table is left out")
    },
    Rule("numbers-continue", "rows are numbered after those that were inserted with their numbers") { bench in
        let database = try await bench.database([families])
        let number = try await database.transact { connection in
            try connection.execute("INSERT INTO parent (number, name) VALUES (?, ?)", 41, "copied")
            for table in try connection.tables() { try connection.continueNumbers(of: table) }
            try connection.execute("INSERT INTO parent (name) VALUES (?)", "new")
            let number: Int = try connection.value("SELECT number FROM parent WHERE name = 'new'")
            return number
        }
        try bench.expect(number, is: 42, "the next number")
    },
    Rule("alone", "another process that writes is noticed until it has closed the database") { bench in
        guard bench.subject.isShared else { throw Skip("it is its process's own") }
        let (database, other) = (try await bench.database(), try await bench.database())
        try await other.note("other")
        try bench.expect(try await isAlone(database), is: false, "beside another process, it is alone")
        await other.close()
        try bench.expect(try await isAlone(database), is: true, "after the other one, it is alone")
    },
]

private func isAlone(_ database: any SQLDatabase) async throws -> Bool {
    let liveness = database.liveness
    return try await database.transact { liveness.isAlone(in: $0) }
}

private let families = Schema(
    name: "family",
    steps: [
        """
        CREATE TABLE parent (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
        CREATE TABLE child (
            name TEXT, parent INTEGER NOT NULL REFERENCES parent (number), place TEXT NOT NULL,
            PRIMARY KEY (parent, place)
        ) STRICT, WITHOUT ROWID;
        """
    ]
)
