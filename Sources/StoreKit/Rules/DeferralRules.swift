internal import SQL

/// Rules about writes whose results nobody needs, which a database may defer until somebody waits for it.
let deferralRules: [Rule] = [
    Rule("write-in-order", "writes without a result take effect in their order, before anything that is read later") {
        bench in
        let database = try await bench.database()
        let seen = try await database.transact { connection in
            try connection.write("INSERT INTO note (text) VALUES (?)", "one")
            try connection.write("UPDATE note SET text = ? WHERE text = ?", "two", "one")
            let seen = try connection.notes()
            try connection.write("INSERT INTO note (text) VALUES (?)", "three")
            return seen
        }
        try bench.expect(seen, is: ["two"], "the notes that the body sees")
        try bench.expect(try await database.notes(), is: ["three", "two"], "what is stored")
    },
    Rule(
        "query-fetched",
        "a query whose result is fetched later sees what was there when it was asked, and nothing later"
    ) {
        bench in
        let database = try await bench.database()
        try await database.transact { connection in
            try connection.write("INSERT INTO note (text) VALUES (?)", "one")
            let first = try connection.fetch("SELECT text FROM note ORDER BY text").map(\.count)
            try connection.write("INSERT INTO note (text) VALUES (?)", "two")
            let second = try connection.fetch("SELECT text FROM note ORDER BY text").map(\.count)
            try bench.expect([try second.value(), try first.value(), try first.value()], is: [2, 1, 1], "the numbers")
        }
        let failure = try await bench.failure(SQLError.self, of: "a query that fails") {
            try await database.read { connection in
                let wrong = try connection.fetch("SELECT * FROM nowhere")
                _ = try connection.fetch("SELECT text FROM note")
                return try wrong.value().count
            }
        }
        try bench.expect(failure.statement, is: "SELECT * FROM nowhere", "the statement")
    },
    Rule("write-fails", "a write without a result that fails fails the transaction with its own error") { bench in
        let database = try await bench.database()
        try await database.note("one")
        for isRead in [true, false] {
            let error = try await bench.failure(SQLError.self, of: "to store a value twice") {
                try await database.transact { connection in
                    try connection.write("INSERT INTO note (text) VALUES (?)", "two")
                    try connection.write("INSERT INTO note (text) VALUES ('one')")
                    try connection.write("INSERT INTO note (text) VALUES (?)", "three")
                    if isRead { _ = try connection.notes() }
                }
            }
            try bench.expect(error.code, is: .constraint, "the code")
            try bench.expect(error.statement, is: "INSERT INTO note (text) VALUES ('one')", "the statement")
        }
        try bench.expect(try await database.notes(), is: ["one"], "what is stored")
    },
    Rule("write-fails-attempt", "a write without a result that fails undoes the attempt around it, and nothing else") {
        bench in
        let database = try await bench.database()
        try await database.transact { connection in
            try connection.write("INSERT INTO note (text) VALUES (?)", "one")
            for isRead in [true, false] {
                let error = try bench.error(of: "to store a value twice") {
                    try connection.attempt {
                        try connection.write("INSERT INTO note (text) VALUES (?)", "two")
                        try connection.write("INSERT INTO note (text) VALUES (?)", "one")
                        if isRead { _ = try connection.notes() }
                    }
                }
                try bench.expect((error as? SQLError)?.code, is: .constraint, "the code")
            }
            try connection.write("INSERT INTO note (text) VALUES (?)", "three")
        }
        try bench.expect(try await database.notes(), is: ["one", "three"], "what is stored")
    },
    Rule("attempt-resolved", "an attempt that is undone before anything in it had a result leaves nothing behind") {
        bench in
        let database = try await bench.database()
        try await database.transact { connection in
            for isRead in [false, true] {
                let error = try bench.error(of: "an attempt") {
                    try connection.attempt {
                        try connection.write("INSERT INTO note (text) VALUES (?)", "outer")
                        try connection.attempt { try connection.write("INSERT INTO note (text) VALUES (?)", "inner") }
                        if isRead { _ = try connection.notes() }
                        try connection.write("INSERT INTO note (text) VALUES (?)", "last")
                        throw Woot()
                    }
                }
                try bench.expect(error is Woot, "the attempt throws \(error)")
            }
            try connection.write("INSERT INTO note (text) VALUES (?)", "one")
        }
        try bench.expect(try await database.notes(), is: ["one"], "what is stored")
    },
    Rule("row-changed", "a write that has to change one row fails with its caller's error if it changes another number")
    {
        bench in
        let database = try await bench.database()
        try await database.transact { connection in
            for text in ["a", "b"] { try connection.note(text) }
            try connection.writeRow("UPDATE note SET text = ? WHERE text = ?", "c", "b", orThrow: Woot())
        }
        for condition in ["text = 'z'", "text <> 'z'"] {
            for isRead in [true, false] {
                try await bench.expect(Woot(), from: "a change where \(condition)") {
                    try await database.transact { connection in
                        try connection.note("one")
                        try connection.writeRow("DELETE FROM note WHERE \(condition)", orThrow: Woot())
                        try connection.write("INSERT INTO note (text) VALUES (?)", "two")
                        if isRead { _ = try connection.notes() }
                    }
                }
            }
        }
        try bench.expect(try await database.notes(), is: ["a", "c"], "what is stored")
    },
    Rule("row-changed-attempt", "a write that has to change one row and doesn't undoes the attempt around it alone") {
        bench in
        let database = try await bench.database()
        try await database.transact { connection in
            try connection.note("one")
            for isRead in [true, false] {
                let error = try bench.error(of: "to remove what is not there") {
                    try connection.attempt {
                        try connection.write("INSERT INTO note (text) VALUES (?)", "two")
                        try connection.writeRow("DELETE FROM note WHERE text = ?", "z", orThrow: Woot())
                        if isRead { _ = try connection.notes() }
                    }
                }
                try bench.expect(error is Woot, "the attempt throws \(error)")
            }
        }
        try bench.expect(try await database.notes(), is: ["one"], "what is stored")
    },
    Rule(
        "row-changed-before",
        "an error from before an attempt fails the transaction, though it is caught around the attempt"
    ) {
        bench in
        let database = try await bench.database()
        try await bench.expect(Woot(), from: "to remove what is not there") {
            try await database.transact { connection in
                try connection.note("one")
                try connection.writeRow("DELETE FROM note WHERE text = ?", "z", orThrow: Woot())
                try? connection.attempt { try connection.note("two") }
                try? connection.attempt { try connection.attempt { try connection.note("three") } }
            }
        }
        try bench.expect(try await database.notes(), is: [], "what is stored")
    },
]

extension Bench {
    /// Expects that `body` throws, and returns its error.
    fileprivate func error(of what: String, _ body: () throws -> Void) throws -> any Error {
        do {
            try body()
        } catch {
            return error
        }
        throw Breach("\(what) throws nothing")
    }
}
