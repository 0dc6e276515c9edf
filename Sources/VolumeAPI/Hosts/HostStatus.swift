public import FoundationEssentials

/// A host as its worker last reported it to the database.
public struct HostStatus: Sendable, Hashable, Codable {
    /// What is known of the host's worker.
    public enum State: String, Sendable, Hashable, Codable, CaseIterable {
        /// It reports in time.
        case up
        /// It has been stopped in an orderly way.
        case stopped
        /// Its last report is older than the limit: it has died, hangs, or can't reach the database.
        case silent
    }

    /// The host's name.
    public let name: String
    /// What is known of its worker.
    public let state: State
    /// The worker's process: `process 711`.
    public let worker: String
    /// The time at which the worker started.
    public let since: Date
    /// The time of its last report, or of its orderly end.
    public let reportedAt: Date
    /// The age of the last report in seconds, by the database's clock.
    public let age: Double
    /// When, why and by whom the host was drained; `nil` if its pools take new volumes.
    public let draining: PoolDisabling?
    /// The pools in the last report.
    public let pools: [String]
    /// How many flows wait for a worker of the host or of its pools.
    public let waitingFlows: Int
    /// The time since which the oldest of these flows waits; `nil` if none does.
    public let waitingSince: Date?
    /// The version of the worker's program; `nil` if that does not report it.
    public let version: String?
    /// The flows that wait for the worker and that it can't carry on, as of its last report. They are left to others, and tried
    /// again.
    public let refusals: [FlowRefusal]

    package init(
        name: String,
        state: State,
        worker: String,
        since: Date,
        reportedAt: Date,
        age: Double,
        draining: PoolDisabling?,
        pools: [String],
        waitingFlows: Int = 0,
        waitingSince: Date? = nil,
        version: String? = nil,
        refusals: [FlowRefusal] = []
    ) {
        (self.version, self.refusals) = (version, refusals)
        self.name = name
        self.state = state
        self.worker = worker
        self.since = since
        self.reportedAt = reportedAt
        self.age = age
        self.draining = draining
        self.pools = pools
        self.waitingFlows = waitingFlows
        self.waitingSince = waitingSince
    }
}

/// The requests about hosts.
public protocol HostClient: Sendable {
    /// The name of this host; `nil` if the database has no hosts.
    var hostName: String? { get }
    /// The hosts whose workers have ever reported, by name.
    func hosts() async throws(VolumeError) -> [HostStatus]
    /// Returns a host. Throws `notFound`.
    func host(named name: String) async throws(VolumeError) -> HostStatus
    /// Lets a host's own pools take no new volumes; those that all hosts reach still do. Throws `notPermitted`, `notFound`,
    /// `invalidInput`.
    @discardableResult
    func drainHost(_ name: String, reason: String) async throws(VolumeError) -> HostStatus
    /// Lets a host's pools take new volumes again. Throws `notPermitted`, `notFound`.
    ///
    /// - Returns: whether it was drained.
    @discardableResult
    func enableHost(_ name: String) async throws(VolumeError) -> Bool
}
