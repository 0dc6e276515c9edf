/// Where runs of flows are kept. What it is made of is its own affair: the engine only needs transactions and claims.
public protocol FlowStore: Sendable {
    /// In which steps write, and in which the engine records that they did.
    associatedtype Transaction: FlowTransaction

    /// The lease of a job under which runs are started through this store; `nil` unless it is a ``LeasedStore``.
    var lease: Lease? { get }

    /// Runs `body` in a transaction that is durable when this returns, and had no effect if this throws.
    ///
    /// `body` doesn't suspend. Bodies that are handed over at the same moment may share one wait for the disk; they do not
    /// see each other's failures.
    func transact<Result: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Result
    ) async throws -> Result

    /// The run and all that has happened in it; `nil` if there is none.
    func load(_ flow: FlowID) async throws -> (detail: FlowDetail, journal: [JournalEntry])?

    /// Takes over a run, so that whoever held it can write no more.
    ///
    /// - Parameter lease: the lease of the job that asks for the run. Who holds the run under an older lease of the same job
    ///   has lost it, alive or not; see ``FlowDetail/yields(to:)``.
    /// - Throws: ``ClaimRefused`` when its holder is alive, when it has been claimed under a newer lease of the same job, or
    ///   when there is no such run.
    func claim(_ flow: FlowID, under lease: Lease?) async throws -> Claim

    /// Gives up a claim without having finished the run.
    func release(_ claim: Claim)

    /// The runs whose holder is gone and that are not at rest, oldest first.
    func abandoned() async throws -> [FlowDetail]

    /// Runs `body`, in which an engine performs steps: what they start and leave behind, should their process die, is to
    /// count as a holder of the run.
    func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result
}

extension FlowStore {
    /// None.
    public var lease: Lease? { nil }

    /// For stores that need no more than the process itself.
    public func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result { try await body() }

    /// Takes over a run whose holder is gone.
    ///
    /// - Throws: ``ClaimRefused`` when its holder is alive, or there is no such run.
    public func claim(_ flow: FlowID) async throws -> Claim { try await claim(flow, under: lease) }
}

/// What the engine writes in a transaction.
public protocol FlowTransaction {
    /// Stores a new run, held by this process with epoch 1.
    ///
    /// - Throws: ``FlowExists`` when there is a run of the same id.
    func insert(_ flow: FlowDetail) throws

    /// Makes sure that `claim` is still the newest of its run.
    ///
    /// - Throws: ``ClaimLost`` when somebody else has taken over.
    func hold(_ claim: Claim) throws

    /// Whether somebody has asked for the run to be reverted instead of being carried on.
    func isCancelRequested(_ flow: FlowID) throws -> Bool

    /// Adds to a run's journal, which holds `count` entries so far.
    func append(_ entries: [JournalEntry], after count: Int, to flow: FlowID) throws

    /// Records where a run is.
    func record(_ state: FlowState, of flow: FlowID) throws

    /// Puts `flow` and `journal` in the place of what is stored of a run, but for its state and who holds it: it is carried
    /// on as a run of another version.
    func rewrite(_ flow: FlowDetail, journal: [JournalEntry]) throws

    /// Runs `body`; when it throws, what it wrote is undone and the transaction goes on.
    func attempt<Result>(_ body: () throws -> Result) throws -> Result
}

extension FlowTransaction {
    /// No: where nobody can ask for it, nobody has.
    public func isCancelRequested(_ flow: FlowID) throws -> Bool { false }
}

/// The right to write a run: good until somebody claims it with a larger epoch.
public struct Claim: Sendable, Hashable {
    /// The run.
    public let flow: FlowID
    /// Grows by one with every claim of the run.
    public let epoch: Int

    /// - Parameter epoch: grows by one with every claim of the run.
    public init(flow: FlowID, epoch: Int) {
        self.flow = flow
        self.epoch = epoch
    }
}

/// A new run was refused, because there is one of the same id.
public struct FlowExists: Error, Sendable, Hashable, CustomStringConvertible {
    /// The run that there is.
    public let flow: FlowID

    /// - Parameter flow: the run that there is.
    public init(_ flow: FlowID) { self.flow = flow }

    /// For people: what failed, and why.
    public var description: String { "there is a flow \(flow) already" }
}

/// A write was refused, because the run has been taken over by somebody else.
public struct ClaimLost: Error, Sendable, Hashable, CustomStringConvertible {
    /// What the writer thought it held.
    public let claim: Claim

    /// - Parameter claim: what the writer thought it held.
    public init(_ claim: Claim) { self.claim = claim }

    /// For people: what failed, and why.
    public var description: String { "flow \(claim.flow) has been taken over by another process" }
}

/// A run could not be taken over.
public struct ClaimRefused: Error, Sendable, Hashable, CustomStringConvertible {
    /// Why.
    public enum Reason: Sendable, Hashable {
        /// There is no such run.
        case unknown
        /// Its holder is alive.
        case held(by: String)
    }

    /// The run.
    public let flow: FlowID
    /// Why it could not be taken over.
    public let reason: Reason

    /// - Parameter reason: why the run can't be taken over.
    public init(_ flow: FlowID, _ reason: Reason) {
        self.flow = flow
        self.reason = reason
    }

    /// For people: what failed, and why.
    public var description: String {
        switch reason {
        case .unknown: "there is no flow \(flow)"
        case .held(let holder): "flow \(flow) is being run by \(holder)"
        }
    }
}
