import SQL
import SQLStore
import SQLite
import StoreKit
import TaskFlow
import TestKit

/// A defect of a store; its raw value is the rule that must detect it.
enum StoreFlaw: String, CaseIterable, Sendable {
    case runsBodiesTwice = "body-once"
    case keepsWhatThrew = "throw-no-effect"
    case keepsFailedAttempts = "attempt-undone"
    case believesEveryClaim = "claim-proven"
    case ignoresLeases = "lease-newer"
    case takesTheLivingForDead = "claim-held-elsewhere"
    case writesWhileReading = "read-only"
    case forgetsTheCommit = "return-durable"

    func subject(in directory: String) -> StoreUnderTest {
        StoreUnderTest { name in
            FlawedDatabase(base: try SQLiteDatabase(path: "\(directory)/\(name).db"), flaw: self)
        } store: { database in
            FlawedStore(base: try SQLStore(database), flaw: self)
        }
    }
}

private struct FlawedStore: FlowStore {
    let base: SQLStore
    let flaw: StoreFlaw

    func transact<Result: Sendable>(
        _ body: @escaping @Sendable (FlawedTransaction) throws -> Result
    ) async throws -> Result {
        let outcome = try await base.transact { [flaw] transaction -> Swift.Result<Result, any Error> in
            if flaw == .runsBodiesTwice {
                _ = try transaction.attempt { try body(FlawedTransaction(transaction, flaw)) }
            }
            do {
                return .success(try body(FlawedTransaction(transaction, flaw)))
            } catch {
                if flaw == .keepsWhatThrew { return .failure(error) }
                throw error
            }
        }
        return try outcome.get()
    }

    func load(_ flow: FlowID) async throws -> (detail: FlowDetail, journal: [JournalEntry])? {
        try await base.load(flow)
    }

    func claim(_ flow: FlowID, under lease: Lease?) async throws -> Claim {
        try await base.claim(flow, under: flaw == .ignoresLeases ? nil : lease)
    }

    func release(_ claim: Claim) { base.release(claim) }

    func abandoned() async throws -> [FlowDetail] { try await base.abandoned() }
}

private struct FlawedTransaction: FlowTransaction {
    let base: SQLTransaction
    let flaw: StoreFlaw

    init(_ base: SQLTransaction, _ flaw: StoreFlaw) { (self.base, self.flaw) = (base, flaw) }

    func insert(_ flow: FlowDetail) throws { try base.insert(flow) }

    func hold(_ claim: Claim) throws { if flaw != .believesEveryClaim { try base.hold(claim) } }

    func append(_ entries: [JournalEntry], after count: Int, to flow: FlowID) throws {
        if flaw != .forgetsTheCommit { try base.append(entries, after: count, to: flow) }
    }

    func handOver(_ flow: FlowID, to place: Place) throws { try base.handOver(flow, to: place) }

    func record(_ state: FlowState, of flow: FlowID) throws { try base.record(state, of: flow) }

    func rewrite(_ flow: FlowDetail, journal: [JournalEntry]) throws { try base.rewrite(flow, journal: journal) }

    func attempt<Result>(_ body: () throws -> Result) throws -> Result {
        flaw == .keepsFailedAttempts ? try body() : try base.attempt(body)
    }
}

private struct FlawedDatabase: ForwardingDatabase {
    let base: any SQLDatabase
    let flaw: StoreFlaw

    var liveness: any Liveness { FlawedLiveness(base: base.liveness, flaw: flaw) }

    func read<Result: Sendable>(
        settledIf mustBeSettled: @escaping @Sendable (Result) -> Bool,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        flaw == .writesWhileReading
            ? try await base.write(until: nil, body) : try await base.read(settledIf: mustBeSettled, body)
    }
}

private struct FlawedLiveness: Liveness {
    let base: any Liveness
    let flaw: StoreFlaw

    var own: Owner { base.own }
    var isWatched: Bool { base.isWatched }

    func isGone(_ owner: Int64, in connection: any SQLConnection) -> Bool {
        flaw == .takesTheLivingForDead || base.isGone(owner, in: connection)
    }

    func isAlone(in connection: any SQLConnection) -> Bool { base.isAlone(in: connection) }

    func programs(leftBy owner: Int64) -> (any LeftPrograms)? { base.programs(leftBy: owner) }

    func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result { try await base.holding(body) }

    func watching<Result: Sendable>(_ body: () async throws -> Result) async rethrows -> Result? {
        try await base.watching(body)
    }
}
