internal import Dispatch
internal import FoundationEssentials
internal import Identity
internal import SQL

/// Rules about databases, below the store.
let databaseRules: [Rule] = [
    Rule("commit-refused", "a commit that fails has no effect, and the caller gets the error") { bench in
        let deferred = Schema(
            name: "deferred",
            steps: [
                """
                CREATE TABLE parent (id BIGINT PRIMARY KEY);
                CREATE TABLE child (parent BIGINT REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
                """
            ]
        )
        let database = try await bench.database([deferred])
        let error = try await bench.failure(SQLError.self, of: "a commit against a constraint") {
            try await database.transact { connection in
                try connection.note("one")
                try connection.execute("INSERT INTO child (parent) VALUES (?)", 1)
            }
        }
        try bench.expect(error.code, is: .constraint, "the code")
        try await database.note("two")
        try bench.expect(try await database.notes(), is: ["two"], "what is stored")
    },
    Rule("statement-refused", "a violated constraint has a code of its own, and undoes the body") { bench in
        let database = try await bench.database()
        try await database.note("one")
        let error = try await bench.failure(SQLError.self, of: "to store a value twice") {
            try await database.transact { connection in
                try connection.note("two")
                try connection.note("one")
            }
        }
        try bench.expect(error.code, is: .constraint, "the code")
        try bench.expect(error.concernsStore, is: false, "whether the database is at fault")
        try bench.expect(try await database.notes(), is: ["one"], "what is stored")
    },
    Rule("statement-at-fault", "the error about an invalid statement holds its text") { bench in
        let database = try await bench.database()
        for statement in ["SELEKT 1", "SELECT * FROM nowhere"] {
            let error = try await bench.failure(SQLError.self, of: statement) {
                try await database.read { try $0.query(statement).count }
            }
            try bench.expect(error.code, is: .statement, "the code")
            try bench.expect(error.statement, is: statement, "the statement")
        }
    },
    Rule("counts-changes", "a statement returns the number of rows that it has changed") {
        bench in
        let database = try await bench.database()
        let changes = try await database.transact { connection in
            [
                try connection.execute("INSERT INTO note (text) VALUES ('a'), ('b'), ('c')"),
                try connection.execute("UPDATE note SET text = text WHERE text = ?", "a"),
                try connection.execute("DELETE FROM note WHERE text <> ?", "b"),
                try connection.execute("DELETE FROM note WHERE text = ?", "z"),
            ]
        }
        try bench.expect(changes, is: [3, 1, 2, 0], "the numbers of rows")
    },
    Rule("no-update-lost", "no update is lost: values that a body has read don't change until it ends") { bench in
        let counter = Schema(name: "counter", steps: ["CREATE TABLE counter (value BIGINT NOT NULL)"])
        let databases = [try await bench.database([counter]), try await bench.database([counter])]
        try await databases[0].transact { _ = try $0.execute("INSERT INTO counter (value) VALUES (?)", 0) }
        try await withThrowingTaskGroup { group in
            for number in 0..<60 {
                group.addTask {
                    try await databases[number % 2]
                        .transact { connection in
                            let value: Int = try connection.value("SELECT value FROM counter")
                            try connection.execute("UPDATE counter SET value = ?", value + 1)
                        }
                }
            }
            try await group.waitForAll()
        }
        let value: Int = try await databases[1].read { try $0.value("SELECT value FROM counter") }
        try bench.expect(value, is: 60, "60 increments")
    },
    Rule("deadline", "a body that can't begin before its deadline is not called, then or later") { bench in
        let (holder, database) = (try await bench.database(), try await bench.database())
        let (hasBegun, mayEnd) = (AsyncStream<Void>.makeStream(), DispatchSemaphore(value: 0))
        async let holding: Void = holder.transact { connection in
            try connection.note("holder")
            hasBegun.continuation.yield()
            // The timeout matters only for a database that ignores the deadline.
            _ = mayEnd.wait(timeout: .now() + .seconds(120))
        }
        for await _ in hasBegun.stream { break }
        let failure: Result<Void, any Error>
        do {
            failure = .success(try await database.write(until: .now) { try $0.note("late") })
        } catch {
            failure = .failure(error)
        }
        mayEnd.signal()
        try await holding
        try bench.expect((failure.error as? SQLError)?.code, is: .outOfTime, "the code")
        try await database.note("after")
        try bench.expect(try await database.notes(), is: ["after", "holder"], "what is stored")
    },
    Rule("read-only", "a body that reads can't write") { bench in
        let database = try await bench.database()
        let error = try await bench.failure(SQLError.self, of: "to write while reading") {
            try await database.read { try $0.note("one") }
        }
        try bench.expect(error.code, is: .notPermitted, "the code")
        try bench.expect(try await database.notes(), is: [], "what is stored")
    },
    Rule("read-one-state", "a body that reads sees one snapshot of the database, however long it takes") { bench in
        let database = try await bench.database()
        try await database.note("one")
        let (hasRead, mayGoOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        async let seen = database.read { connection in
            let before = try connection.notes()
            hasRead.signal()
            mayGoOn.wait()
            return [before, try connection.notes()]
        }
        try await database.transact { connection in
            hasRead.wait()
            try connection.note("two")
        }
        mayGoOn.signal()
        try bench.expect(try await seen, is: [["one"], ["one"]], "the notes, read twice")
        try bench.expect(try await database.notes(), is: ["one", "two"], "the notes, read afterwards")
    },
    Rule("pool-is-free", "no thread that runs Swift's tasks waits for the database") { bench in
        let database = try await bench.database()
        let (hasBegun, mayEnd) = (AsyncStream<Void>.makeStream(), DispatchSemaphore(value: 0))
        async let isInTime = database.transact { _ in
            hasBegun.continuation.yield()
            // Ends when a task has run beside the many that wait.
            return mayEnd.wait(timeout: .now() + .seconds(300)) == .success
        }
        for await _ in hasBegun.stream { break }
        let starts = AsyncStream<Void>.makeStream()
        async let writes: Void = withThrowingTaskGroup { group in
            for number in 1...64 {
                group.addTask {
                    starts.continuation.yield()
                    try await database.note("\(number)")
                }
            }
            try await group.waitForAll()
        }
        // If their threads waited, not all could start.
        for await _ in starts.stream.prefix(64) {}
        await Task { _ = mayEnd.signal() }.value
        try bench.expect(try await isInTime, "a task that has nothing to do with the database waits for it, too")
        try await writes
    },
    Rule("alive", "a process that has written counts as alive as long as it has the database open") { bench in
        let (one, other) = (try await bench.database(), try await bench.database())
        try await one.note("one")
        try await other.note("other")
        for (database, owner) in [(one, one), (one, other), (other, one)] {
            let number = owner.liveness.own.number
            try bench.expect(number != 0, "a process that can write has no number")
            let isGone = try await database.read { database.liveness.isGone(number, in: $0) }
            try bench.expect(isGone, is: false, "whether it is gone")
        }
    },
    Rule("copy", "a copy is written to a new file, and overwrites none") { bench in
        let database = try await bench.database()
        try await database.note("one")
        let path = FileManager.default.temporaryDirectory.path + "/storekit-\(bench.name).copy"
        defer { try? FileManager.default.removeItem(atPath: path) }
        do {
            try await database.backup(to: path)
        } catch let error as SQLError where error.code == .unsupported {
            throw Skip("it is copied by programs of its own")
        }
        let error = try await bench.failure(SQLError.self, of: "a second copy") { try await database.backup(to: path) }
        try bench.expect(error.code, is: .exists, "the code")
    },
]

extension Result {
    fileprivate var error: (any Error)? { if case .failure(let error) = self { error } else { nil } }
}
