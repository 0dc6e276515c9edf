extension FlowRun {
    /// Records that the first `count` unsaved entries have been stored.
    mutating func saved(_ count: Int) {
        rewritten = nil
        unsaved.removeFirst(count)
        savedCount += count
    }

    /// Stores the progress, and continues as far as possible in the same transaction: through all transactional steps,
    /// up to and including the start of the next external step, or to the end of the flow.
    mutating func commit(in transaction: some FlowTransaction, claim: Claim?) throws {
        if let claim {
            try transaction.hold(claim)
            try storeUpgrade(in: transaction)
            rewritten = nil
            if try transaction.isCancelRequested(detail.id) { cancel() }
        } else {
            try transaction.insert(detail)
            try recipe.opening?.write(detail, requestValues, transaction)
            savedState = detail.state
        }
        try advance(in: transaction)
        try transaction.append(unsaved, after: savedCount, to: detail.id)
        if let place = detail.place {
            try transaction.handOver(detail.id, to: place)
        } else if detail.state != savedState || detail.state.isAtRest {
            // A run that comes to rest as it was when it was claimed is recorded, too, as that ends the claim.
            try transaction.record(detail.state, of: detail.id)
        }
        savedCount += unsaved.count
        savedState = detail.state
        unsaved = []
        owesCommit = false
    }

    private mutating func advance(in transaction: some FlowTransaction) throws {
        while true {
            resolveFailures()
            let action = try next()
            if isSuspending, !action.isFinish {
                if performing == 0 {
                    noteWaiting()
                    if isHandedBack { try handBack(in: transaction) }
                    change(to: .suspended)
                }
                return
            }
            switch action {
            case .execute(let atom):
                switch recipe.atoms[atom].atom.work {
                case .transactional(_, let execute, _):
                    try start(atom, as: .running)
                    try perform(atom, execute, in: transaction)
                case .retry(_, let immediate?, _, _):
                    try start(atom, as: .running)
                    try perform(atom, immediate)
                case .asynchronous where recipe.atoms[atom].atom.effect == .external:
                    try launchDurably(atom, as: .running)
                case .asynchronous, .retry:
                    try launch(atom, as: .running)
                }
            case .revert(let atom):
                switch recipe.atoms[atom].atom.work {
                case .transactional(_, _, let revert):
                    try start(atom, as: .reverting)
                    try perform(atom, revert: revert, in: transaction)
                case .asynchronous(_, nil), .retry(_, _, _, nil):
                    try start(atom, as: .reverting)
                    try reverted(atom)
                case .asynchronous, .retry:
                    try launchDurably(atom, as: .reverting)
                }
            case .retry(let retry):
                try restart(retry)
            case .wait:
                return
            case .handOver(let atom):
                return try handOver(for: atom, in: transaction)
            case .finish(let state):
                return try finish(state, in: transaction)
            }
        }
    }

    private mutating func launchDurably(_ atom: Int, as state: AtomState) throws {
        try launch(atom, as: state)
        note(atom)
    }

    private mutating func perform(
        _ atom: Int,
        _ execute: (LoweredAtom.Values, Any) throws -> Produced,
        in transaction: some FlowTransaction
    ) throws {
        let (inputs, context) = (inputs(of: atom), context(of: atom, isRepetition: false))
        do {
            try limit(of: atom)?.check()
            let produced = try transaction.attempt {
                try TaskContext.$current.withValue(context) {
                    try options.surround(transactionalStep: context) { try execute(inputs, transaction) }
                }
            }
            try succeeded(atom, with: produced)
        } catch let error as any StoreError where error.concernsStore {
            throw error
        } catch {
            try failed(atom, with: error)
        }
    }

    /// Begins the next attempt of a retry's flow.
    private mutating func perform(
        _ retry: Int,
        _ immediate: (LoweredAtom.Values, [PastAttempt]) throws -> Produced
    ) throws {
        do {
            try limit(of: retry)?.check()
            let produced = try immediate(inputs(of: retry), histories[retry] ?? [])
            try succeeded(retry, with: produced)
        } catch {
            try failed(retry, with: error)
        }
    }

    private mutating func perform(
        _ atom: Int,
        revert: LoweredAtom.TransactionalRevert?,
        in transaction: some FlowTransaction
    ) throws {
        let (inputs, context) = (inputs(of: atom), context(of: atom, isRepetition: false))
        do {
            if let revert, case .succeeded(let output) = outcome(of: atom) {
                try transaction.attempt {
                    try TaskContext.$current.withValue(context) {
                        try options.surround(transactionalStep: context) { try revert(inputs, output, transaction) }
                    }
                }
            }
            try reverted(atom)
        } catch let error as any StoreError where error.concernsStore {
            throw error
        } catch {
            try revertFailed(atom, with: error)
        }
    }

    private mutating func finish(_ state: FlowState, in transaction: some FlowTransaction) throws {
        change(to: state)
        let end = FlowEnd(
            flow: detail.id,
            state: state,
            failures: executionFailures,
            revertFailures: revertFailures.sorted { $0.key < $1.key }.map(\.value),
            detail: detail,
            request: requestValues,
            failedStep: (failures.keys.filter { !isRetry($0) }.min() ?? revertFailures.keys.min())
                .map { recipe.atoms[$0].atom.name }
        )
        try recipe.ending?.write(request, end, transaction)
    }
}

/// An error of the store, not of the step during which it occurred: it stops the engine instead of reverting the flow.
/// The run can be resumed from its stored state once the store works again.
public protocol StoreError: Error {
    /// `false` if the error is caused by what a step tried to store, such as a violated constraint: it then fails the
    /// step.
    var concernsStore: Bool { get }
}
