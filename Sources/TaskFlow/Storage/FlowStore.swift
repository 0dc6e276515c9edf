/// A store for runs of flows. The engine needs only transactions and claims of it.
public protocol FlowStore: Sendable {
    /// The transactions in which transactional steps write and the engine records progress.
    associatedtype Transaction: FlowTransaction

    /// The lease of the job under which runs are started through this store; `nil` unless it is a ``LeasedStore``.
    var lease: Lease? { get }

    /// Runs `body` in a transaction, which is durable when this function returns, and has had no effect if it throws.
    ///
    /// Concurrent calls may share one wait for the disk, but a failure of one doesn't affect the others.
    func transact<Result: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Result
    ) async throws -> Result

    /// Runs `body` in such a transaction, possibly beside those that reach something else.
    func transact<Result: Sendable>(
        reaching reach: TransactionReach,
        _ body: @escaping @Sendable (Transaction) throws -> Result
    ) async throws -> Result

    /// Returns the run and its journal; `nil` if there is no such run.
    func load(_ flow: FlowID) async throws -> (detail: FlowDetail, journal: [JournalEntry])?

    /// Claims a run, so that its former holder can no longer write.
    ///
    /// - Parameter lease: the lease of the job for which the run is claimed. A holder under an older lease of the same
    ///   job has lost the run, even if it is alive; see ``FlowDetail/yields(to:)``.
    /// - Throws: ``ClaimRefused`` if the run's holder is alive, the run has been claimed under a newer lease of the
    ///   same job, or there is no such run.
    func claim(_ flow: FlowID, under lease: Lease?) async throws -> Claim

    /// Releases a claim, so that others can claim the run.
    func release(_ claim: Claim)

    /// Checks that no other process can have claimed the run since, right before a call that no transaction protects.
    ///
    /// - Throws: an error of the store otherwise, which stops the engine as a lost claim does.
    func confirm(_ claim: Claim) throws

    /// Returns the runs whose holder is gone and that are not at rest, oldest first.
    func abandoned() async throws -> [FlowDetail]

    /// Runs `body`, in which an engine performs steps. Child processes that the steps start count as holders of the run
    /// if they survive this process.
    func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result
}

extension FlowStore {
    /// No lease.
    public var lease: Lease? { nil }

    /// Runs `body` as any transaction, for stores with one writer at a time.
    public func transact<Result: Sendable>(
        reaching reach: TransactionReach,
        _ body: @escaping @Sendable (Transaction) throws -> Result
    ) async throws -> Result {
        try await transact(body)
    }

    /// Does nothing, for stores in which a run is not claimed as long as its holder is alive.
    public func confirm(_ claim: Claim) throws {}

    /// Only runs `body`, for stores whose claims depend on this process alone.
    public func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result { try await body() }

    /// Claims a run whose holder is gone.
    ///
    /// - Throws: ``ClaimRefused`` if the run's holder is alive, or there is no such run.
    public func claim(_ flow: FlowID) async throws -> Claim { try await claim(flow, under: lease) }
}

/// The reads and writes of the engine in a transaction.
public protocol FlowTransaction {
    /// Stores a new run, held by this process with epoch 1.
    ///
    /// - Throws: ``FlowExists`` if there is a run of the same id.
    func insert(_ flow: FlowDetail) throws

    /// Checks that `claim` is still the newest of its run.
    ///
    /// - Throws: ``ClaimLost`` if the run has been claimed again.
    func hold(_ claim: Claim) throws

    /// Whether the cancellation of the run has been requested.
    func isCancelRequested(_ flow: FlowID) throws -> Bool

    /// Appends to a run's journal, which holds `count` entries so far.
    func append(_ entries: [JournalEntry], after count: Int, to flow: FlowID) throws

    /// Records that a run is `SUSPENDED` and waits for a place (``FlowDetail/place``), and ends its claim.
    func handOver(_ flow: FlowID, to place: Place) throws

    /// Records the state of a run, which waits for no place. A run at rest can be claimed.
    func record(_ state: FlowState, of flow: FlowID) throws

    /// Replaces the version, request, shape and journal of a stored run, which an upgrade has changed.
    func rewrite(_ flow: FlowDetail, journal: [JournalEntry]) throws

    /// Runs `body`; if it throws, its writes are rolled back and the transaction continues.
    func attempt<Result>(_ body: () throws -> Result) throws -> Result
}

extension FlowTransaction {
    /// Returns `false`, for stores in which a cancellation can't be requested.
    public func isCancelRequested(_ flow: FlowID) throws -> Bool { false }
}

/// The exclusive right to write to a run, valid until the run is claimed again.
public struct Claim: Sendable, Hashable {
    /// The run.
    public let flow: FlowID
    /// The fencing token, which grows by one with each claim of the run.
    public let epoch: Int

    /// - Parameter epoch: the fencing token, which grows by one with each claim of the run.
    public init(flow: FlowID, epoch: Int) {
        self.flow = flow
        self.epoch = epoch
    }
}

/// A new run was refused because there is one of the same id.
public struct FlowExists: Error, Sendable, Hashable, CustomStringConvertible {
    /// The existing run.
    public let flow: FlowID

    /// - Parameter flow: the existing run.
    public init(_ flow: FlowID) { self.flow = flow }

    /// The message for a person: what failed and why.
    public var description: String { "there is a flow \(flow) already" }
}

/// A write was refused because another process has claimed the run since.
public struct ClaimLost: Error, Sendable, Hashable, CustomStringConvertible {
    /// The lost claim.
    public let claim: Claim

    /// - Parameter claim: the lost claim.
    public init(_ claim: Claim) { self.claim = claim }

    /// The message for a person: what failed and why.
    public var description: String { "flow \(claim.flow) has been taken over by another process" }
}

/// A run could not be claimed.
public struct ClaimRefused: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reasons for a refusal.
    public enum Reason: Sendable, Hashable {
        /// There is no such run.
        case unknown
        /// The run's holder is alive, or has a newer lease of the same job.
        case held(by: String)
    }

    /// The run.
    public let flow: FlowID
    /// The reason.
    public let reason: Reason

    /// - Parameter reason: the reason why the run can't be claimed.
    public init(_ flow: FlowID, _ reason: Reason) {
        self.flow = flow
        self.reason = reason
    }

    /// The message for a person: what failed and why.
    public var description: String {
        switch reason {
        case .unknown: "there is no flow \(flow)"
        case .held(let holder): "flow \(flow) is being run by \(holder)"
        }
    }
}
