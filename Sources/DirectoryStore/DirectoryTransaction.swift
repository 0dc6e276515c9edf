internal import FoundationEssentials
public import Identity
internal import Ownership
public import TaskFlow

/// A transaction of a ``DirectoryStore``.
public final class DirectoryTransaction: FlowTransaction {
    private let files: StoreFiles
    private let holding: (Claim) -> Void
    private var state = State()

    private struct State {
        /// The runs that have been read or will be written; `nil` for a run that doesn't exist.
        var flows: [FlowID: StoredFlow?] = [:]
        var changed: Set<FlowID> = []
    }

    init(files: StoreFiles, holding: @escaping (Claim) -> Void) {
        self.files = files
        self.holding = holding
    }

    /// Stores a new run, held by this process.
    public func insert(_ flow: FlowDetail) throws {
        guard try find(flow.id) == nil else { throw FlowExists(flow.id) }
        if let book = flow.book { _ = try files.require(book) }
        var detail = flow
        (detail.owner, detail.epoch) = (files.locks.label, 1)
        put(StoredFlow(detail: detail, ownerLock: files.locks.own))
        holding(Claim(flow: flow.id, epoch: 1))
    }

    /// Checks that the claim is still the newest of its run.
    public func hold(_ claim: Claim) throws {
        guard try find(claim.flow)?.detail.epoch == claim.epoch else { throw ClaimLost(claim) }
    }

    /// Appends to a run's journal.
    public func append(_ entries: [JournalEntry], after count: Int, to flow: FlowID) throws {
        try change(flow) { $0.journal.append(contentsOf: entries) }
    }

    /// Records that a run waits for a place, and ends its claim.
    public func handOver(_ flow: FlowID, to place: Place) throws {
        try record(.suspended, waitingFor: place, of: flow)
    }

    /// Records the state of a run. A run at rest has no holder.
    public func record(_ state: FlowState, of flow: FlowID) throws { try record(state, waitingFor: nil, of: flow) }

    private func record(_ state: FlowState, waitingFor place: Place?, of flow: FlowID) throws {
        try change(flow) { flow in
            (flow.detail.state, flow.detail.place, flow.detail.updatedAt) = (state, place, Date())
            if state.isAtRest { flow.ownerLock = 0 }
        }
    }

    /// Replaces the version, request, shape and journal of a run.
    public func rewrite(_ flow: FlowDetail, journal: [JournalEntry]) throws {
        try change(flow.id) { stored in
            stored.detail.version = flow.version
            stored.detail.request = flow.request
            stored.detail.shape = flow.shape
            stored.journal = journal
        }
    }

    /// Runs `body`, and rolls its writes back if it throws.
    public func attempt<Result>(_ body: () throws -> Result) throws -> Result {
        let before = state
        do {
            return try body()
        } catch {
            state = before
            throw error
        }
    }

    /// The transaction's changes, as changes of files.
    func changes() throws -> [StoreFiles.Change] {
        try state.changed.map { id in
            let content = try state.flows[id]?.map { String(decoding: try StoreFiles.encode($0), as: UTF8.self) }
            return StoreFiles.Change(kind: .flows, id: "\(id)", content: content)
        }
    }

    func find(_ id: FlowID) throws -> StoredFlow? {
        if let known = state.flows[id] { return known }
        let found = try files.flow(id)
        state.flows[id] = .some(found)
        return found
    }

    /// Stores a run that this process has claimed.
    func take(_ flow: StoredFlow) {
        put(flow)
        holding(Claim(flow: flow.detail.id, epoch: flow.detail.epoch))
    }

    private func put(_ flow: StoredFlow) {
        state.flows[flow.detail.id] = .some(flow)
        state.changed.insert(flow.detail.id)
    }

    private func change(_ id: FlowID, _ change: (inout StoredFlow) -> Void) throws {
        guard var flow = try find(id) else { return }
        change(&flow)
        put(flow)
    }
}

extension StoreFiles {
    /// Reads a run; `nil` if there is none.
    func flow(_ id: FlowID) throws -> StoredFlow? {
        guard let found = try read(.flows, "\(id)", as: StoredFlow.self) else { return nil }
        guard found.detail.id == id else { throw mistaken(.flows, "\(id)") }
        guard (0..<Int.max).contains(found.detail.epoch) else { throw miscounted("\(id)") }
        return found
    }

    /// Reads all runs, oldest first.
    func flows() throws -> Listing<StoredFlow> {
        try listing(ids(.flows, of: FlowID.self), in: .flows, flow)
            .mapReadable { $0.sorted { FlowDetail.isOlder($0.detail, than: $1.detail) } }
    }

    /// Reads all logbooks, oldest first.
    func books() throws -> Listing<LogBook> {
        try listing(ids(.logbooks, of: LogBookID.self), in: .logbooks, book)
            .mapReadable { $0.sorted(by: LogBook.isOlder) }
    }

    private func listing<Subject, Found>(
        _ ids: [Identifier<Subject>],
        in kind: Kind,
        _ find: (Identifier<Subject>) throws -> Found?
    ) throws -> Listing<Found> {
        var (readable, unreadable): ([Found], [UnreadableRow]) = ([], [])
        for id in ids {
            do {
                if let found = try find(id) { readable.append(found) }
            } catch let error as DirectoryError where error.code == .damaged {
                unreadable.append(UnreadableRow(table: kind.rawValue, key: "\(id)", reason: error.message))
            }
        }
        return Listing(readable: readable, unreadable: unreadable)
    }

    /// Reads a logbook; `nil` if there is none.
    func book(_ id: LogBookID) throws -> LogBook? {
        guard let found = try read(.logbooks, "\(id)", as: LogBook.self) else { return nil }
        guard found.id == id else { throw mistaken(.logbooks, "\(id)") }
        return found
    }

    /// - Throws: ``LogBookMissing`` if there is no such logbook.
    func require(_ id: LogBookID) throws -> LogBook {
        guard let book = try book(id) else { throw LogBookMissing(id) }
        return book
    }
}
