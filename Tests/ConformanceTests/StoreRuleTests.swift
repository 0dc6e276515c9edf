import DirectoryStore
import Foundation
import SQL
import SQLStore
import SQLite
import StoreKit
import TaskFlow
import TestKit
import Testing
import Threads

/// The contract of stores, on every kind of store.
@Suite(.scratchDirectory)
struct StoreRuleTests {
    private let directory = ScratchDirectory.path

    private func check(_ rule: Rule, on subject: StoreUnderTest) async {
        let outcome = await StoreKit.check(rule, on: subject)
        #expect(outcome.verdict != .failed, "\(outcome.reason ?? "")")
    }

    @Test(arguments: StoreKit.rules)
    func `a store in memory keeps every rule`(rule: Rule) async {
        var subject = StoreUnderTest(isShared: false) { _ in MemoryStore() }
        subject.board = { _, now in MemoryJobBoard(now: now) }
        await check(rule, on: subject)
    }

    @Test(arguments: StoreKit.rules)
    func `a store in a directory keeps every rule`(rule: Rule) async {
        await check(rule, on: StoreUnderTest { [directory] in try DirectoryStore(path: "\(directory)/\($0)") })
    }

    @Test(arguments: StoreKit.rules)
    func `a store in SQLite keeps every rule, and none is skipped`(rule: Rule) async {
        let outcome = await StoreKit.check(rule, on: .sqlite(in: directory))
        #expect(outcome.verdict == .passed, "\(outcome.reason ?? "")")
    }

    @Test(arguments: StoreKit.rules)
    func `a store in SQLite keeps every rule towards tasks that wait on their own threads`(rule: Rule) async {
        await withTaskExecutorPreference(BlockingExecutor.shared) {
            await check(rule, on: .sqlite(in: directory))
        }
    }

    @Test(arguments: StoreFlaw.allCases)
    func `a flaw breaks the rule that is about it`(flaw: StoreFlaw) async throws {
        let rule = try #require(StoreKit.rules.first { $0.id == flaw.rawValue })
        let outcome = await StoreKit.check(rule, on: flaw.subject(in: directory))
        #expect(outcome.verdict == .failed)
        #expect(outcome.reason?.isEmpty == false)
    }

    @Test func `a store that does not answer is abandoned`() async throws {
        let rule = try #require(StoreKit.rules.first { $0.id == "run-absent" })
        let subject = StoreUnderTest(isShared: false, timeLimit: .milliseconds(10)) { _ in
            try await Task.sleep(for: .seconds(600))
            return MemoryStore()
        }
        #expect(await StoreKit.check(rule, on: subject).verdict == .failed)
    }

    @Test func `a report succeeds only if a rule was kept and none was broken`() async {
        let rules = StoreKit.rules.filter { ["body-once", "read-only"].contains($0.id) }
        let good = await StoreKit.check(StoreUnderTest(isShared: false) { _ in MemoryStore() }, rules: rules)
        #expect(good.isSuccess && good.count(.passed) == 1 && good.count(.skipped) == 1)
        let bad = await StoreKit.check(StoreFlaw.runsBodiesTwice.subject(in: directory), rules: rules)
        #expect(!bad.isSuccess && bad.failures.map(\.rule) == ["body-once"])
    }

    @Test func `the page of the contract names every rule, and no other`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let page = try String(contentsOf: root.appending(path: "Sources/SQLStore/README.md"), encoding: .utf8)
        let named = page.matches(of: /`([a-z]+(?:-[a-z]+)*)`(?=[,)])/).map { String($0.1) }
        #expect(Set(named).symmetricDifference(StoreKit.rules.map(\.id)) == [])
        #expect(Set(StoreKit.rules.map(\.id)).count == StoreKit.rules.count)
    }
}

extension StoreUnderTest {
    static func sqlite(in directory: String) -> StoreUnderTest {
        StoreUnderTest.sql { try SQLiteDatabase(path: "\(directory)/\($0).db") }
    }

    static func sql(_ database: @escaping @Sendable (String) throws -> any SQLDatabase) -> StoreUnderTest {
        var subject = StoreUnderTest {
            try database($0)
        } store: {
            try SQLStore($0)
        }
        subject.board = { name, now in SQLJobBoard(in: try SQLStore(database(name)), now: now) }
        return subject
    }
}
