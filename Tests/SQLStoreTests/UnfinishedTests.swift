import Foundation
import SQL
import TaskFlow
import TestKit
import Testing

@testable import SQLStore

/// Executes each query and records its query plan.
private final class ExplainedConnection: SQLConnection {
    private let connection: any SQLConnection
    private(set) var plans: [String] = []

    init(_ connection: any SQLConnection) { self.connection = connection }

    func query(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> [SQLRow] {
        for step in try connection.query("EXPLAIN QUERY PLAN " + statement, arguments) { plans.append(try step(3)) }
        return try connection.query(statement, arguments)
    }

    func execute(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> Int {
        try connection.execute(statement, arguments)
    }

    var heldKeys: HeldKeys {
        get { connection.heldKeys }
        set { connection.heldKeys = newValue }
    }

    func acquire(_ key: SQLKey) throws(SQLError) { try connection.acquire(key) }

    func executeScript(_ script: String) throws(SQLError) { try connection.executeScript(script) }
    func time() throws(SQLError) -> Date { try connection.time() }
    func hasTable(_ name: String) throws(SQLError) -> Bool { try connection.hasTable(name) }
    func tables() throws(SQLError) -> [SQLTable] { try connection.tables() }
    func continueNumbers(of table: SQLTable) throws(SQLError) { try connection.continueNumbers(of: table) }
}

@Suite(.scratchDirectory)
struct UnfinishedTests {
    @Test(.onFiles) func `the first queries of every command do not read ended runs`() async throws {
        let plans = try await Notes.open()
            .read { connection in
                let explained = ExplainedConnection(connection)
                let flows = FlowTable(connection: explained)
                _ = try flows.unfinished()
                _ = try flows.suspended(before: Date(), serving: .only([Place("x")]))
                return explained.plans
            }
        let ofPlace = "SEARCH flow USING INDEX flow_waiting (place=? AND updated_at<?)"
        #expect(plans == Array(repeating: "SCAN flow USING INDEX flow_unfinished", count: 2) + [ofPlace])
    }
}
