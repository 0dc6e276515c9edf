import DriverKit
import Foundation

@testable import TaskFlow

/// A store whose transactions are not durable when they end, but when the group that they are in is flushed.
///
/// One worker at a time has a group open, as SQLite lets one process write at a time.
final class ModelStore {
    /// A run as it is stored.
    struct Stored {
        var detail: FlowDetail
        var journal: [JournalEntry] = []
        /// The worker that holds it, and which of its lives.
        var holder: Holder?
        /// What transactional steps have written and not undone.
        var rows: [Backend.Execution: Int] = [:]
        /// How often it has been reset.
        var life = 0
        /// How often a conclusion was written in this life, and the last state that was.
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

    /// What can be wrong with a store, to see whether the simulation notices.
    enum Defect: CaseIterable {
        /// Whoever held a run once may always write it.
        case ignoresEpochs
        /// What it says to be durable may be lost.
        case forgets
        /// What a step wrote is not undone when it throws.
        case keepsWhatFailed
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

    /// Gives up a claim, if it is still good.
    func release(_ claim: Claim) {
        if durable[claim.flow]?.detail.epoch == claim.epoch { durable[claim.flow]?.holder = nil }
        if group?.runs[claim.flow]?.detail.epoch == claim.epoch { group?.runs[claim.flow]?.holder = nil }
    }

    /// Makes `holder` the holder.
    func claim(_ flow: FlowID, by holder: Holder) -> Claim? {
        guard var run = durable[flow] else { return nil }
        run.detail.epoch += 1
        run.holder = holder
        durable[flow] = run
        return Claim(flow: flow, epoch: run.detail.epoch)
    }
}

/// The store is not well.
struct ModelStoreDown: StoreError, Hashable {
    var concernsStore: Bool { true }
}

/// A transaction of a ``ModelStore``; watches what is written in it.
final class ModelTransaction: FlowTransaction {
    private let store: ModelStore
    private var runs: [FlowID: ModelStore.Stored]
    private let flow: FlowID
    private let holder: ModelStore.Holder
    /// Decides which transactional steps fail; none if there is none.
    private var chance: SplitMix64?

    init(_ store: ModelStore, flow: FlowID, holder: ModelStore.Holder, salt: UInt64?) {
        self.store = store
        self.flow = flow
        self.holder = holder
        runs = store.group?.runs ?? store.durable
        chance = salt.map { SplitMix64(seed: $0) }
    }

    /// What there is if the transaction comes about.
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

    func record(_ state: FlowState, of flow: FlowID) throws { runs[flow]?.detail.state = state }

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

    /// Writes a row, which there can't be already.
    func write() throws -> Int {
        let execution = execution
        if runs[flow]?.rows[execution] != nil { store.break(.exactlyOnce, "\(execution) wrote a second time") }
        store.nextValue += 1
        runs[flow]?.rows[execution] = store.nextValue
        try fail()
        return store.nextValue
    }

    /// Removes the row that was written.
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
