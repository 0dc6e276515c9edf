internal import FoundationEssentials
internal import Synchronization

/// A store in memory, for tests and for flows that need not survive the process.
public final class MemoryStore: FlowStore {
    private let runs = Mutex<[FlowID: Run]>([:])
    /// The logbooks. This lock is acquired before that of `runs`.
    private let shelf = Mutex<[LogBookID: LogBook]>([:])

    fileprivate struct Run {
        var detail: FlowDetail
        var journal: [JournalEntry] = []
        var isHeld = true
    }

    /// Creates an empty store.
    public init() {}

    /// Runs `body` in a transaction.
    public func transact<Result: Sendable>(
        _ body: @escaping @Sendable (MemoryTransaction) throws -> Result
    ) async throws -> Result {
        try shelf.withLock { shelf in
            try runs.withLock { runs in
                // Emptied while the transaction holds the runs, so that writes don't copy them.
                let transaction = MemoryTransaction(runs, books: shelf)
                runs = [:]
                defer { runs = transaction.runs }
                let result = try transaction.attempt { try body(transaction) }
                for effect in transaction.effects { effect() }
                return result
            }
        }
    }

    /// Returns the run and its journal; `nil` if there is no such run.
    public func load(_ flow: FlowID) async throws -> (detail: FlowDetail, journal: [JournalEntry])? {
        runs.withLock { $0[flow].map { ($0.detail, $0.journal) } }
    }

    /// Claims a run whose holder is gone, or has an older lease of the same job than `lease`.
    public func claim(_ flow: FlowID, under lease: Lease?) async throws -> Claim {
        try runs.withLock { runs in
            guard var run = runs[flow] else { throw ClaimRefused(flow, .unknown) }
            guard !run.detail.outranks(lease), !run.isHeld || run.detail.yields(to: lease) else {
                throw ClaimRefused(flow, .held(by: "this process"))
            }
            run.detail.epoch += 1
            run.detail.lease = lease
            run.isHeld = true
            runs[flow] = run
            return Claim(flow: flow, epoch: run.detail.epoch)
        }
    }

    /// Releases a claim.
    public func release(_ claim: Claim) {
        runs.withLock { runs in
            guard runs[claim.flow]?.detail.epoch == claim.epoch else { return }
            runs[claim.flow]?.isHeld = false
        }
    }

    /// Returns the runs whose holder is gone and that are not at rest, oldest first.
    public func abandoned() async throws -> [FlowDetail] {
        runs.withLock { $0.values.filter { !$0.isHeld && !$0.detail.state.isAtRest }.map(\.detail) }
            .sorted { $0.createdAt < $1.createdAt }
    }
}

extension MemoryStore: LogBookStore {
    /// Adds a logbook, or replaces the one with the same id.
    public func save(_ book: LogBook) async throws { shelf.withLock { $0[book.id] = book } }

    /// Returns the logbook; `nil` if there is none.
    public func book(_ id: LogBookID) async throws -> LogBook? { shelf.withLock { $0[id] } }

    /// Returns all logbooks, oldest first.
    public func books() async throws -> [LogBook] { shelf.withLock { $0.values.sorted(by: LogBook.isOlder) } }

    /// Returns the runs of a logbook, oldest first.
    public func flows(in book: LogBookID) async throws -> [FlowDetail] {
        runs.withLock { Self.flows(in: book, of: $0) }
    }

    /// Removes a logbook and its runs.
    public func destroy(_ book: LogBookID) async throws {
        try shelf.withLock { shelf in
            try runs.withLock { runs in
                guard shelf[book] != nil else { throw LogBookMissing(book) }
                let flows = Self.flows(in: book, of: runs)
                try LogBookInUse.check(book, flows)
                for flow in flows { runs[flow.id] = nil }
                shelf[book] = nil
            }
        }
    }

    private static func flows(in book: LogBookID, of runs: [FlowID: Run]) -> [FlowDetail] {
        runs.values.filter { $0.detail.book == book }.map(\.detail).sorted(by: FlowDetail.isOlder)
    }
}

/// A transaction on runs in memory.
public final class MemoryTransaction: FlowTransaction {
    fileprivate var runs: [FlowID: MemoryStore.Run]

    private let books: [LogBookID: LogBook]
    /// The functions that undo the writes, in the order of the writes.
    private var undoing: [(inout [FlowID: MemoryStore.Run]) -> Void] = []
    /// Functions that have effects outside of the store when the transaction is committed, as a job board has.
    fileprivate var effects: [() -> Void] = []

    fileprivate init(_ runs: [FlowID: MemoryStore.Run], books: [LogBookID: LogBook]) {
        self.runs = runs
        self.books = books
    }

    /// Stores a new run, held by this process.
    public func insert(_ flow: FlowDetail) throws {
        guard runs[flow.id] == nil else { throw FlowExists(flow.id) }
        if let book = flow.book, books[book] == nil { throw LogBookMissing(book) }
        var detail = flow
        detail.epoch = 1
        runs[flow.id] = MemoryStore.Run(detail: detail)
        undoing.append { $0[flow.id] = nil }
    }

    /// Checks that the claim is still the newest of its run.
    public func hold(_ claim: Claim) throws {
        guard runs[claim.flow]?.detail.epoch == claim.epoch else { throw ClaimLost(claim) }
    }

    /// Appends to a run's journal.
    public func append(_ entries: [JournalEntry], after count: Int, to flow: FlowID) throws {
        runs[flow]?.journal.append(contentsOf: entries)
        undoing.append { $0[flow]?.journal.removeLast(entries.count) }
    }

    /// Records that a run waits for a place, and releases its claim.
    public func handOver(_ flow: FlowID, to place: Place) throws { change(flow, to: .suspended, waitingFor: place) }

    /// Records the state of a run.
    public func record(_ state: FlowState, of flow: FlowID) throws { change(flow, to: state, waitingFor: nil) }

    private func change(_ flow: FlowID, to state: FlowState, waitingFor place: Place?) {
        guard var run = runs[flow] else { return }
        undoing.append { [detail = run.detail, isHeld = run.isHeld] runs in
            runs[flow]?.detail = detail
            runs[flow]?.isHeld = isHeld
        }
        (run.detail.state, run.detail.place, run.detail.updatedAt) = (state, place, Date())
        if state.isAtRest { run.isHeld = false }
        runs[flow] = run
    }

    /// Replaces the version, request, shape and journal of a run.
    public func rewrite(_ flow: FlowDetail, journal: [JournalEntry]) throws {
        guard var run = runs[flow.id] else { return }
        undoing.append { [old = run] in $0[flow.id] = old }
        run.detail.version = flow.version
        run.detail.request = flow.request
        run.detail.shape = flow.shape
        run.journal = journal
        runs[flow.id] = run
    }

    /// Calls `effect` when the transaction is committed.
    func whenCommitted(_ effect: @escaping () -> Void) {
        effects.append(effect)
        undoing.append { [unowned self] _ in effects.removeLast() }
    }

    /// Runs `body`, and rolls its writes back if it throws.
    public func attempt<Result>(_ body: () throws -> Result) throws -> Result {
        let before = undoing.count
        do {
            return try body()
        } catch {
            while undoing.count > before { undoing.removeLast()(&runs) }
            throw error
        }
    }
}
