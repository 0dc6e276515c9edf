import DriverKit
import Foundation

@testable import TaskFlow

/// A store whose transactions become durable when their group is flushed, not when they end.
///
/// One worker at a time has a group open, because SQLite lets one process write at a time.
final class ModelStore {
    /// A stored run.
    struct Stored {
        var detail: FlowDetail
        var journal: [JournalEntry] = []
        /// The worker that holds it, in one of the worker's lives.
        var holder: Holder?
        /// The rows that transactional steps have written and not undone.
        var rows: [Backend.Execution: Int] = [:]
        /// The number of resets.
        var life = 0
        /// The place of the run's job on the board; `nil` if there is none.
        var job: Place?
        /// The state in the last conclusion that was written.
        var conclusion: FlowState?
    }

    struct Holder: Hashable {
        var worker: Int
        var incarnation: Int
    }

    struct Group {
        let worker: Int
        var runs: [FlowID: Stored]
        var members: [Runner] = []
    }

    /// The defects of a store that the simulation must detect.
    enum Defect: CaseIterable {
        /// A former holder of a run may still write it.
        case ignoresEpochs
        /// Acknowledged transactions may be lost.
        case forgets
        /// The writes of a step are not undone when it throws.
        case keepsWhatFailed
        /// A run may be handed over without a job.
        case losesJobs
    }

    var durable: [FlowID: Stored] = [:]
    var group: Group?
    let defect: Defect?
    var nextValue = 0
    private(set) var violation: Violation?

    init(_ defect: Defect?) { self.defect = defect }

    func `break`(_ rule: Violation.Rule, _ what: String) {
        if violation == nil { violation = Violation(rule, what) }
    }

    /// Releases a claim, if it is still valid.
    func release(_ claim: Claim) {
        if durable[claim.flow]?.detail.epoch == claim.epoch { durable[claim.flow]?.holder = nil }
        if group?.runs[claim.flow]?.detail.epoch == claim.epoch { group?.runs[claim.flow]?.holder = nil }
    }

    /// Gives the run to `holder`.
    func claim(_ flow: FlowID, by holder: Holder) -> Claim? {
        guard var run = durable[flow] else { return nil }
        run.detail.epoch += 1
        run.holder = holder
        durable[flow] = run
        return Claim(flow: flow, epoch: run.detail.epoch)
    }
}

/// The error of an unavailable store.
struct ModelStoreDown: StoreError, Hashable {
    var concernsStore: Bool { true }
}

/// A transaction of a ``ModelStore`` that checks each write.
final class ModelTransaction: FlowTransaction {
    private let store: ModelStore
    private var runs: [FlowID: ModelStore.Stored]
    private let flow: FlowID
    private let holder: ModelStore.Holder
    /// Decides which transactional steps fail; `nil` for none.
    private var chance: SplitMix64?

    init(_ store: ModelStore, flow: FlowID, holder: ModelStore.Holder, salt: UInt64?) {
        self.store = store
        self.flow = flow
        self.holder = holder
        runs = store.group?.runs ?? store.durable
        chance = salt.map { SplitMix64(seed: $0) }
    }

    /// The runs after the transaction, if it is committed.
    var result: [FlowID: ModelStore.Stored] { runs }

    func insert(_ flow: FlowDetail) throws {
        guard runs[flow.id] == nil else { throw FlowExists(flow.id) }
        var detail = flow
        detail.epoch = 1
        runs[flow.id] = ModelStore.Stored(detail: detail, holder: holder)
    }

    func hold(_ claim: Claim) throws {
        guard runs[claim.flow]?.detail.epoch == claim.epoch || store.defect == .ignoresEpochs else {
            throw ClaimLost(claim)
        }
    }

    func append(_ entries: [JournalEntry], after count: Int, to flow: FlowID) throws {
        let stored = runs[flow]?.journal.count ?? -1
        if count != stored, runs[flow]?.holder == holder {
            store.break(.appendOnly, "entries were to follow the \(count)th, and there are \(stored)")
        }
        runs[flow]?.journal += entries
        for entry in entries where entry.isReset {
            runs[flow]?.life += 1
            runs[flow]?.conclusion = nil
        }
    }

    func handOver(_ flow: FlowID, to place: Place) throws {
        runs[flow]?.detail.state = .suspended
        runs[flow]?.detail.place = place
    }

    /// Posts the job of a run, or moves it.
    func post(_ job: Job) {
        if store.defect != .losesJobs { runs[job.details.run]?.job = job.details.place }
    }

    func record(_ state: FlowState, of flow: FlowID) throws {
        runs[flow]?.detail.state = state
        runs[flow]?.detail.place = nil
    }

    func rewrite(_ flow: FlowDetail, journal: [JournalEntry]) throws {
        store.break(.appendOnly, "the journal was rewritten, and there is no upgrade")
    }

    func attempt<Result>(_ body: () throws -> Result) throws -> Result {
        let before = runs
        do {
            return try body()
        } catch {
            if store.defect != .keepsWhatFailed { runs = before }
            throw error
        }
    }
}

// MARK: - What transactional steps do

extension ModelTransaction {
    private var execution: Backend.Execution {
        let context = TaskContext.required
        return Backend.Execution(
            flow: context.flow,
            life: runs[context.flow]?.life ?? -1,
            step: context.atom,
            attempts: context.attempts
        )
    }

    /// Writes a row, which must not exist yet.
    func write() throws -> Int {
        let execution = execution
        if runs[flow]?.rows[execution] != nil { store.break(.exactlyOnce, "\(execution) wrote a second time") }
        store.nextValue += 1
        runs[flow]?.rows[execution] = store.nextValue
        try fail()
        return store.nextValue
    }

    /// Removes the row of the current execution.
    func unwrite(_ value: Int?) throws {
        let execution = execution
        guard let written = runs[flow]?.rows.removeValue(forKey: execution), written == value else {
            return store.break(.exactlyOnce, "\(execution) undid \(value ?? -1), which it has not written")
        }
        try fail()
    }

    func conclude(_ state: FlowState) { runs[flow]?.conclusion = state }

    private func fail() throws {
        switch chance?.below(20) {
        case 0: throw ModelStoreDown()
        case 1, 2: throw Backend.Failed(isAfterEffect: true)
        default: break
        }
    }
}
