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
    /// Whether a job whose flow or run the conductor doesn't know is left to others: abandoned, and not claimed again for
    /// ``waitTimeout``. Conductors of several versions of a program on one board need that, while one of them is replaced by
    /// another. By default such a job is trashed, as nobody can do it (``UnknownFlow``, ``RecipeMismatch``).
    public var leavesUnknownFlows = false
    /// The options of the engines that run the flows. ``EngineOptions/handOver`` is the conductor's own board by default, if
    /// that is in the store.
    public var engine: EngineOptions

    /// The places that the conductor serves: it claims the jobs of these places, and those without a place. They are those
    /// of its engines.
    public var places: Places {
        get { engine.places }
        set { engine.places = newValue }
    }

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

extension ConductorOptions {
    /// These options, with `board` for the jobs of runs that are handed over, if it is in a store of such transactions and
    /// there is no other.
    func handingOver<Transaction>(
        on board: some JobBoard,
        by poster: String,
        for transaction: Transaction.Type
    ) -> ConductorOptions {
        guard engine.handOver == nil, let board = board as? any TransactionalJobBoard else { return self }
        func handOver(on board: some TransactionalJobBoard) -> HandOverBoard? {
            let handOver = HandOverBoard(board, by: poster)
            return handOver.transaction == transaction ? handOver : nil
        }
        var options = self
        options.engine.handOver = handOver(on: board)
        return options
    }
}
