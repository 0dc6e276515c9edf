public import FoundationEssentials

/// What has been done about a run that failed and could not be reverted, so that nobody has to care for it any more.
public struct FlowResolution: Sendable, Hashable, Codable {
    /// When it was done.
    public let at: Date
    /// What was done and by whom, for people: `abandoned by root`.
    public let note: String

    /// A resolution as it was stored.
    public init(at: Date, note: String) {
        self.at = at
        self.note = note
    }
}

/// What is stored of a run beside its journal.
public struct FlowDetail: Sendable, Hashable, Codable {
    /// The run.
    public let id: FlowID
    /// The recipe's name.
    public let name: String
    /// The recipe's version.
    public var version: Int
    /// What the run is about, for people: a volume's name.
    public let subject: String
    /// The request, as a JSON object.
    public var request: String
    /// Where the run is.
    public var state: FlowState
    /// When it was first stored.
    public let createdAt: Date
    /// When it was last stored.
    public var updatedAt: Date
    /// The holder of the claim, for people: a process.
    public var owner: String
    /// How often the run has been claimed.
    public var epoch: Int
    /// The form of the recipe; `nil` in a run that was stored before there were forms, and so is not checked.
    public var shape: RecordedShape?
    /// The logbook that the run belongs to.
    public let book: LogBookID?
    /// Whose run it is, as those put it who share the store: a project. `nil` where nobody asks.
    public let scope: String?
    /// The lease under which the run was claimed last; `nil` if that was for no job.
    public var lease: Lease?
    /// When somebody asked for the run to be reverted instead of being carried on; `nil` if nobody has.
    public var cancelRequestedAt: Date?
    /// What has been done about a run that failed and could not be reverted; `nil` if nothing has.
    public var resolution: FlowResolution?

    /// A detail as it was stored.
    public init(
        id: FlowID,
        name: String,
        version: Int,
        subject: String,
        request: String,
        state: FlowState,
        createdAt: Date,
        updatedAt: Date,
        owner: String = "",
        epoch: Int = 0,
        shape: RecordedShape? = nil,
        book: LogBookID? = nil,
        scope: String? = nil,
        lease: Lease? = nil,
        cancelRequestedAt: Date? = nil,
        resolution: FlowResolution? = nil
    ) {
        self.id = id
        self.name = name
        self.version = version
        self.subject = subject
        self.request = request
        self.state = state
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.owner = owner
        self.epoch = epoch
        self.shape = shape
        self.book = book
        self.scope = scope
        self.lease = lease
        self.cancelRequestedAt = cancelRequestedAt
        self.resolution = resolution
    }

    /// Whether who holds the run has lost the job for which it does to who has `lease`, and so the run, even if alive.
    public func yields(to lease: Lease?) -> Bool {
        guard let held = self.lease, let lease else { return false }
        return held.job == lease.job && held.number < lease.number
    }

    /// Whether who has `lease` has lost the job to who claimed the run, and so may not claim it, even if it is free.
    public func outranks(_ lease: Lease?) -> Bool {
        guard let held = self.lease, let lease else { return false }
        return held.job == lease.job && held.number > lease.number
    }
}
