internal import FoundationEssentials
internal import SQL

/// Rules about stored values.
let valueRules: [Rule] = [
    Rule("value-text", "any text comes back unchanged") { bench in
        let long = String(repeating: "0123456789ä", count: 100_000)
        let texts = ["", "plain", "💾👩‍👩‍👧", "é", "e\u{301}", "'; DROP TABLE value; --", "?1", "$1", "\r\n", long]
        for text in texts {
            let found = try await bench.stored(text, as: "TEXT")
            try bench.expect(Array(found.utf8) == Array(text.utf8), "'\(text.prefix(40))' comes back changed")
        }
    },
    Rule("value-numbers", "integers of 64 bits come back unchanged") { bench in
        for number in [Int64.min, .min + 1, -1, 0, 1, .max - 5, .max] {
            try bench.expect(try await bench.stored(number, as: "BIGINT"), is: number, "the number")
        }
    },
    Rule("value-none", "a missing value comes back as a missing value") { bench in
        try bench.expect(try await bench.stored(String?.none, as: "TEXT"), is: nil, "no text")
        try bench.expect(try await bench.stored(Int?.none, as: "BIGINT"), is: nil, "no number")
    },
    Rule("value-times", "times come back to the microsecond") { bench in
        for seconds in [0, 1_700_000_000.123456, -1.5, 4_102_444_800] {
            let found = try await bench.stored(Date(timeIntervalSince1970: seconds), as: "BIGINT")
            let difference = abs(found.timeIntervalSince1970 - seconds)
            try bench.expect(difference < 0.000_001, "\(seconds) comes back with a difference of \(difference)")
        }
    },
    Rule("value-of-another-type", "a column that is missing or holds a value of another type is corrupt") {
        bench in
        let database = try await bench.database()
        for query in ["SELECT 'text'", "SELECT NULL"] {
            let error = try await bench.failure(SQLError.self, of: "a number from \(query)") {
                let _: Int = try await database.read { try $0.value(query) }
            }
            try bench.expect(error.code, is: .corrupt, "the code")
            try bench.expect(error.statement, is: query, "the statement")
        }
        let error = try await bench.failure(SQLError.self, of: "a column too many") {
            try await database.read { try $0.query("SELECT 1").map { try $0(1, as: Int.self) } }
        }
        try bench.expect(error.code, is: .corrupt, "the code")
    },
]

extension Bench {
    /// Writes `value`, and reads it back.
    fileprivate func stored<Value: SQLConvertible>(_ value: Value, as type: String) async throws -> Value {
        let column = type.lowercased()
        let table = Schema(name: "value_\(column)", steps: ["CREATE TABLE value_\(column) (value \(type))"])
        let database = try await database([table])
        return try await database.transact { connection in
            try connection.execute("DELETE FROM value_\(column)")
            try connection.execute("INSERT INTO value_\(column) (value) VALUES (?)", value)
            return try connection.value("SELECT value FROM value_\(column)")
        }
    }
}
