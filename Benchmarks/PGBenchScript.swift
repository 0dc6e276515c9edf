import Foundation
import PostgreSQL
import Synchronization

/// A script of pgbench with the statements of a request, in the same exchanges with the server.
///
/// Identifiers differ in each run, by pgbench's own random numbers. Each client has names and locks of its own, as each host has
/// its project and its pool. All else is as it was.
final class PGBenchScript: Sendable {
    private let exchanges = Mutex<[[SentStatement]]>([])
    private let names: Set<String>

    /// - Parameter names: the names of which each client has its own.
    init(ofEachClient names: Set<String>) { self.names = names }

    func note(_ statements: [SentStatement]) { exchanges.withLock { $0.append(statements) } }

    /// Forgets what was noted.
    func restart() { exchanges.withLock { $0 = [] } }

    /// The script.
    var text: String {
        var (variables, pipelines, isOpen): ([String: String], [String], Bool) = ([:], [], false)
        for exchange in exchanges.withLock({ $0 }) {
            var statements: [String] = []
            // A transaction that has changed nothing is ended together with the beginning of the next one.
            if isOpen, exchange.first?.statement.hasPrefix("BEGIN") == true { statements.append("ROLLBACK;") }
            for statement in exchange {
                statements.append(literal(statement, &variables) + ";")
                isOpen = statement.statement != "COMMIT"
            }
            pipelines.append((["\\startpipeline"] + statements + ["\\endpipeline"]).joined(separator: "\n"))
        }
        if isOpen { pipelines.append("ROLLBACK;") }
        let settings = variables.values.sorted().map { "\\set \($0) random(1, 9000000000000000000)" }
        return (settings + pipelines).joined(separator: "\n") + "\n"
    }

    /// The statement with its arguments in their places.
    private func literal(_ statement: SentStatement, _ variables: inout [String: String]) -> String {
        let marker = statement.statement.contains("commit_marker")
        let isLock = statement.statement.contains("pg_advisory_xact_lock(")
        var (text, rest) = ("", statement.translation.replacing("\n", with: " ")[...])
        while let place = rest.firstIndex(of: "$") {
            text += rest[..<place]
            let number = rest[rest.index(after: place)...].prefix { $0.isNumber }
            let value = value(statement.arguments[(Int(number) ?? 1) - 1], isMarker: marker, &variables)
            text += isLock ? "(\(value) + CAST(:client_id AS BIGINT))" : value
            rest = rest[number.endIndex...]
        }
        return text + rest
    }

    private func value(_ argument: String?, isMarker: Bool, _ variables: inout [String: String]) -> String {
        guard let argument else { return "NULL" }
        if UUID(uuidString: argument) != nil || isMarker {
            let name = variables[argument] ?? "id\(variables.count)"
            variables[argument] = name
            return isMarker ? "CAST(:\(name) AS BIGINT)" : "CAST(CAST(:\(name) AS BIGINT) AS TEXT)"
        }
        if Int64(argument) != nil { return argument.hasPrefix("-") ? "(\(argument))" : argument }
        // pgbench takes a colon for the beginning of a variable, and a semicolon for the end of a statement.
        let plain = argument.replacing("\\", with: "\\\\").replacing("'", with: "''").replacing(":", with: "\\072")
            .replacing(";", with: "\\073").replacing("\n", with: "\\n")
        return names.contains(argument) ? "(E'\(plain)' || CAST(:client_id AS TEXT))" : "E'\(plain)'"
    }
}
