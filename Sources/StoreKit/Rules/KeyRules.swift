internal import SQL

private let counter = Schema(name: "counter", steps: ["CREATE TABLE counter (value BIGINT NOT NULL)"])
private let kind = SQLKey.Kind(rank: 10, name: "kind")
private let (a, b, c) = (SQLKey(kind, "a"), SQLKey(kind, "b"), SQLKey(.init(rank: 20, name: "after"), "a"))

/// Rules about the keys of transactions.
let keyRules: [Rule] = [
    Rule("key-excludes", "bodies with a common key, or without declared keys, don't disturb each other") { bench in
        // Those without declared keys have one in common with everybody.
        let keys: [[SQLKey]?] = [[a], [a, b], nil, [c, a]]
        let value = try await bench.count(60) { database, number in
            try await database.write(under: keys[number % keys.count], until: nil) { try $0.increment() }
        }
        try bench.expect(value, is: 60, "60 increments")
    },
    Rule("key-locked-later", "a body sees what was committed under a key before it has locked it") { bench in
        let value = try await bench.count(60) { database, number in
            try await database.write(under: number % 3 == 0 ? [a] : [], until: nil) { connection in
                _ = try connection.query("SELECT value FROM counter")
                try connection.lock([a])
                try connection.increment()
            }
        }
        try bench.expect(value, is: 60, "60 increments")
    },
    Rule("key-order", "keys are locked in their order, and a change can require one") { bench in
        let database = try await bench.database()
        let late = try await bench.failure(SQLError.self, of: "a key that comes before one that is held") {
            try await database.write(under: [b], until: nil) { connection in
                try connection.note("one")
                try connection.lock([c])
                try connection.lock([a])
            }
        }
        try bench.expect(late.code, is: .keyOrder, "the code")
        let missing = try await bench.failure(SQLError.self, of: "a change without its key") {
            try await database.write(under: [a], until: nil) { connection in
                try connection.note("one")
                try connection.require(b)
            }
        }
        try bench.expect(missing.code, is: .keyMissing, "the code")
        try await database.write(under: [c, a], until: nil) { connection in
            try connection.lock([a, c])
            try connection.require(c)
            try connection.note("two")
        }
        try await database.write(until: nil) { connection in
            try connection.lock([c])
            try connection.lock([a])
            try connection.require(b)
            try connection.note("three")
        }
        try bench.expect(try await database.notes(), is: ["three", "two"], "what is stored")
    },
]

extension Bench {
    /// Makes `count` calls at once on two databases, and returns the counter's value after them.
    fileprivate func count(
        _ count: Int,
        _ body: @escaping @Sendable (any SQLDatabase, Int) async throws -> Void
    ) async throws -> Int {
        let databases = [try await database([counter]), try await database([counter])]
        try await databases[0].transact { _ = try $0.execute("INSERT INTO counter (value) VALUES (?)", 0) }
        try await withThrowingTaskGroup { group in
            for number in 0..<count { group.addTask { try await body(databases[number % 2], number) } }
            try await group.waitForAll()
        }
        return try await databases[1].read { try $0.value("SELECT value FROM counter") }
    }
}

extension SQLConnection {
    fileprivate func increment() throws {
        let value: Int = try value("SELECT value FROM counter")
        try execute("UPDATE counter SET value = ?", value + 1)
    }
}
