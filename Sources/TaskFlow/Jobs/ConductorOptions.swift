/// How a conductor goes about its jobs.
public struct ConductorOptions: Sendable {
    /// How many jobs it works on at the same time. With one, it blocks until that is done
    /// (`taskflow: conductors/backends/impl_blocking.py`, `impl_nonblocking.py`).
    public var simultaneousJobs: Int
    /// How long others wait for a conductor that says nothing any more, before they take over its jobs.
    public var lease: Duration
    /// How long it waits for a job before it looks whether it has been told to stop, and how long it leaves a job alone
    /// that it has abandoned.
    public var waitTimeout: Duration
    /// How its engines go about the flows.
    public var engine: EngineOptions

    /// One job at a time, with leases of 30 seconds, unless said otherwise.
    public init(
        simultaneousJobs: Int = 1,
        lease: Duration = .seconds(30),
        waitTimeout: Duration = .milliseconds(500),
        engine: EngineOptions = EngineOptions()
    ) {
        self.simultaneousJobs = max(1, simultaneousJobs)
        self.lease = lease
        self.waitTimeout = waitTimeout
        self.engine = engine
    }
}
