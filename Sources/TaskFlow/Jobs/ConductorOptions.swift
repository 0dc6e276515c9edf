/// Options of a conductor.
public struct ConductorOptions: Sendable {
    /// The greatest number of jobs that the conductor runs at the same time
    /// (`taskflow: conductors/backends/impl_blocking.py`, `impl_nonblocking.py`).
    public var simultaneousJobs: Int
    /// The duration of the leases: if a conductor stops renewing a lease, others can claim its job after that time.
    public var lease: Duration
    /// How long one wait for a job lasts, how long the conductor leaves a job alone that it has abandoned, and how long
    /// it waits after a failure of the board.
    public var waitTimeout: Duration
    /// The options of the engines that run the flows.
    public var engine: EngineOptions

    /// Creates options; by default a conductor runs one job at a time, with leases of 30 seconds.
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
