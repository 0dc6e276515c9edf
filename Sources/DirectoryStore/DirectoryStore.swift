internal import Dispatch
public import Identity
internal import Ownership
internal import Synchronization
public import TaskFlow

/// A store in a directory, with a JSON file for each flow that can be read, copied and searched without this program.
///
/// Commits survive a power cut, a transaction on several runs is atomic, and any number of processes may use the
/// directory, on a file system with locks. Each commit of a run writes its whole file, and each listing reads every
/// file: for thousands of runs, or of steps in a run, use a store on a database.
public final class DirectoryStore: FlowStore {
    private let files: StoreFiles
    /// The queue on which the store waits for the disk and for other processes, apart from the threads that run Swift's
    /// tasks.
    private let queue = DispatchQueue(label: "taskflow.directory")
    /// The flows that engines of this process hold, each with the epoch of its claim.
    private let held = Mutex<[FlowID: Int]>([:])

    /// Opens the store in the directory at `path`, or creates both in an existing parent directory.
    ///
    /// - Throws: ``DirectoryError``: `foreign` if the directory holds anything but a store.
    public convenience init(path: String) throws { try self.init(path: path, observer: nil) }

    /// Opens a store whose changes of the file system are observed.
    package init(path: String, observer: DiskObserver?) throws {
        do {
            files = try StoreFiles(path: path, observer: observer)
        } catch let error as OwnerLockError {
            throw DirectoryError(error)
        }
    }

    /// Runs `body` in a transaction.
    public func transact<Result: Sendable>(
        _ body: @escaping @Sendable (DirectoryTransaction) throws -> Result
    ) async throws -> Result {
        try await perform { [self] in
            var taken: [Claim] = []
            do {
                return try files.exclusively {
                    let transaction = DirectoryTransaction(files: files) { [self] claim in
                        taken.append(claim)
                        held.withLock { $0[claim.flow] = claim.epoch }
                    }
                    let result = try body(transaction)
                    try files.commit(transaction.changes())
                    return result
                }
            } catch {
                for claim in taken { release(claim) }
                throw error
            }
        }
    }

    /// Returns the run and its journal; `nil` if there is no such run.
    public func load(_ flow: FlowID) async throws -> (detail: FlowDetail, journal: [JournalEntry])? {
        try await read { try $0.flow(flow).map { ($0.detail, $0.journal) } }
    }

    /// Claims a run whose holder is gone, or has an older lease of the same job than `lease`.
    public func claim(_ flow: FlowID, under lease: Lease?) async throws -> Claim {
        try await transact { [self] transaction in
            guard var stored = try transaction.find(flow) else { throw ClaimRefused(flow, .unknown) }
            guard !stored.detail.outranks(lease), stored.detail.yields(to: lease) || isFree(stored) else {
                let holder = files.locks.holder(stored.detail.owner, stored.ownerLock)
                throw ClaimRefused(flow, .held(by: holder))
            }
            stored.detail.epoch += 1
            stored.detail.lease = lease
            (stored.detail.owner, stored.ownerLock) = (files.locks.label, files.locks.own)
            transaction.take(stored)
            return Claim(flow: flow, epoch: stored.detail.epoch)
        }
    }

    /// Runs `body`. Programs that are executed in it count as holders of this process's runs until they have ended.
    public func holding<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        try await Lifeline.$current.withValue(Lifeline(files.locks)) { try await body() }
    }

    /// Releases a claim.
    public func release(_ claim: Claim) {
        held.withLock { if $0[claim.flow] == claim.epoch { $0[claim.flow] = nil } }
    }

    /// Returns the readable runs whose holder is gone and that are not at rest, oldest first.
    public func abandoned() async throws -> [FlowDetail] {
        try await read { [self] files in
            try files.flows().readable.filter { !$0.detail.state.isAtRest && isFree($0) }.map(\.detail)
        }
    }

    /// Whether no living process runs the flow.
    private func isFree(_ flow: StoredFlow) -> Bool {
        guard flow.ownerLock != 0 else { return true }
        return flow.ownerLock == files.locks.own
            ? held.withLock { $0[flow.detail.id] == nil } : files.locks.isAbandoned(flow.ownerLock)
    }

    func read<Result: Sendable>(_ body: @escaping @Sendable (StoreFiles) throws -> Result) async throws -> Result {
        try await perform { [files] in try files.exclusively { try body(files) } }
    }

    func write(_ changes: @escaping @Sendable (StoreFiles) throws -> [StoreFiles.Change]) async throws {
        try await perform { [files] in try files.exclusively { try files.commit(changes(files)) } }
    }

    private func perform<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result { try body() }) }
        }
    }
}
