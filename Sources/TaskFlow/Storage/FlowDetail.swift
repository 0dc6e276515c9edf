public import FoundationEssentials

/// A record that someone has dealt with a run that failed and could not be reverted, so that it needs no more
/// attention.
public struct FlowResolution: Sendable, Hashable, Codable {
    /// The time of the resolution.
    public let at: Date
    /// A note about what was done and by whom: `abandoned by root`.
    public let note: String

    /// Creates a resolution from its stored values.
    public init(at: Date, note: String) {
        self.at = at
        self.note = note
    }
}

/// The stored record of a run, without its journal.
public struct FlowDetail: Sendable, Hashable, Codable {
    /// The run's identifier.
    public let id: FlowID
    /// The recipe's name.
    public let name: String
    /// The recipe's version.
    public var version: Int
    /// The subject of the run, for messages and lists, such as a volume's name.
    public let subject: String
    /// The request, as a JSON object.
    public var request: String
    /// The run's state.
    public var state: FlowState
    /// The time at which the run was first stored.
    public let createdAt: Date
    /// The time at which the record was last changed.
    public var updatedAt: Date
    /// The process that holds the claim, for messages and lists.
    public var owner: String
    /// The fencing token of the last claim, which grows by one with each claim.
    public var epoch: Int
    /// The shape of the recipe; `nil` for a run that was stored by a version without shapes, which is then not checked.
    public var shape: RecordedShape?
    /// The logbook that the run belongs to.
    public let book: LogBookID?
    /// The owner of the run among those who share the store, such as a project; `nil` if runs have no owners.
    public let scope: String?
    /// The lease under which the run was last claimed; `nil` if it was claimed without a job.
    public var lease: Lease?
    /// The place that the run waits for, in `SUSPENDED`, since ``updatedAt``: its next step can run only there. `nil` if
    /// it waits for none.
    public var place: Place?
    /// The time at which the run's cancellation was requested; `nil` if it wasn't.
    public var cancelRequestedAt: Date?
    /// The resolution of a run that failed and could not be reverted; `nil` if there is none.
    public var resolution: FlowResolution?

    /// Creates a detail from its stored values.
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
        place: Place? = nil,
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
        self.place = place
        self.cancelRequestedAt = cancelRequestedAt
        self.resolution = resolution
    }

    /// Whether the run was claimed under an older lease of the same job than `lease`, so that its holder has lost it,
    /// even if it is alive.
    public func yields(to lease: Lease?) -> Bool {
        guard let held = self.lease, let lease else { return false }
        return held.job == lease.job && held.number < lease.number
    }

    /// Whether the run was claimed under a newer lease of the same job than `lease`, so that the owner of `lease` may
    /// not claim it, even if it is free.
    public func outranks(_ lease: Lease?) -> Bool {
        guard let held = self.lease, let lease else { return false }
        return held.job == lease.job && held.number > lease.number
    }
}
