import PostgreSQL
import StoreKit
import TestKit
import Testing

/// The contract of stores on a PostgreSQL server.
@Suite(.scratchDirectory, .enabled(if: TestDatabase.server != nil, TestDatabase.skipReason))
struct PostgreSQLRuleTests {
    @Test(arguments: StoreKit.rules)
    func `a store in PostgreSQL keeps every rule, and only that about copies is skipped`(rule: Rule) async throws {
        let (server, directory) = (try #require(TestDatabase.server), ScratchDirectory.path)
        let subject = StoreUnderTest.sql { name in
            try PostgreSQLDatabase(TestDatabase.address("\(directory)/\(name).db", on: server))
        }
        let outcome = await StoreKit.check(rule, on: subject)
        #expect(outcome.verdict == (rule.id == "copy" ? .skipped : .passed), "\(outcome.reason ?? "")")
    }
}
