import Synchronization
import TaskFlow

/// A store in memory that also keeps a list of lines, counts its transactions, and fails when it is told to.
final class LedgerStore: FlowStore {
    /// When the store fails, as one does whose process dies.
    enum Moment: CaseIterable {
        /// Nothing has been done.
        case instead
        /// All has been done, and nobody hears of it.
        case afterwards
    }

    struct Fault {
        let transaction: Int
        let moment: Moment
    }

    private struct State {
        var lines: [String] = []
        var transactionCount = 0
        var reaches: [TransactionReach] = []
        var faults: [Fault] = []
    }

    private let base = MemoryStore()
    private let state: Mutex<State>

    /// - Parameter faults: the transactions that fail, counted from one and from the fault before.
    init(faults: [Fault] = []) { state = Mutex(State(faults: faults)) }

    /// Lets a transaction fail, counted from one and from now on, in addition to those that were to fail already.
    func fail(at transaction: Int, _ moment: Moment = .instead) {
        state.withLock { state in
            state.transactionCount = 0
            state.faults.append(Fault(transaction: transaction, moment: moment))
        }
    }

    var lines: [String] { state.withLock { $0.lines } }
    var transactionCount: Int { state.withLock { $0.transactionCount } }
    /// What the engines' transactions reached.
    var reaches: [TransactionReach] { state.withLock { $0.reaches } }
    var hasPendingFaults: Bool { state.withLock { !$0.faults.isEmpty } }

    func transact<Result: Sendable>(
        reaching reach: TransactionReach,
        _ body: @escaping @Sendable (LedgerTransaction) throws -> Result
    ) async throws -> Result {
        state.withLock { $0.reaches.append(reach) }
        return try await transact(body)
    }

    func transact<Result: Sendable>(
        _ body: @escaping @Sendable (LedgerTransaction) throws -> Result
    ) async throws -> Result {
        let moment = state.withLock { state -> Moment? in
            state.transactionCount += 1
            guard let fault = state.faults.first, fault.transaction == state.transactionCount else { return nil }
            state.faults.removeFirst()
            state.transactionCount = 0
            return fault.moment
        }
        if moment == .instead { throw StoreDown() }
        let result = try await base.transact { [self] transaction in
            let ledger = LedgerTransaction(transaction, lines: lines)
            let result = try body(ledger)
            state.withLock { $0.lines = ledger.lines }
            return result
        }
        if moment == .afterwards { throw StoreDown() }
        return result
    }

    func load(_ flow: FlowID) async throws -> (detail: FlowDetail, journal: [JournalEntry])? {
        try await base.load(flow)
    }

    func claim(_ flow: FlowID, under lease: Lease?) async throws -> Claim {
        try await base.claim(flow, under: lease)
    }

    func release(_ claim: Claim) { base.release(claim) }

    func abandoned() async throws -> [FlowDetail] { try await base.abandoned() }

    /// Does what the death of the process that holds `flow` would do.
    func bury(holderOf flow: FlowID) async throws {
        guard let epoch = try await load(flow)?.detail.epoch else { return }
        release(Claim(flow: flow, epoch: epoch))
    }
}

/// A transaction in which lines can be written.
final class LedgerTransaction: FlowTransaction {
    private let base: MemoryTransaction
    private(set) var lines: [String]

    init(_ base: MemoryTransaction, lines: [String]) {
        self.base = base
        self.lines = lines
    }

    func write(_ line: String) { lines.append(line) }

    func insert(_ flow: FlowDetail) throws { try base.insert(flow) }

    func hold(_ claim: Claim) throws { try base.hold(claim) }

    func append(_ entries: [JournalEntry], after count: Int, to flow: FlowID) throws {
        try base.append(entries, after: count, to: flow)
    }

    func handOver(_ flow: FlowID, to place: Place) throws { try base.handOver(flow, to: place) }

    func record(_ state: FlowState, of flow: FlowID) throws { try base.record(state, of: flow) }

    func rewrite(_ flow: FlowDetail, journal: [JournalEntry]) throws { try base.rewrite(flow, journal: journal) }

    func attempt<Result>(_ body: () throws -> Result) throws -> Result {
        let before = lines
        do {
            return try base.attempt(body)
        } catch {
            lines = before
            throw error
        }
    }
}

struct StoreDown: StoreError {
    var concernsStore: Bool { true }
}
