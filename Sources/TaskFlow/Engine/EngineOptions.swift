/// How an engine goes about a flow (`taskflow: engine options`).
public struct EngineOptions: Sendable {
    /// How many steps may run at the same time, where the flow's order lets them.
    public var parallelism: Int
    /// Whether a subflow that its retry gives up takes the whole flow with it, when no retry around it says otherwise. If
    /// not, what is outside of the subflow stands, though the flow ends in `REVERTED`.
    public var defersReverts: Bool
    /// Whether a failure is left as it is: nothing is reverted or retried, and the flow ends in `FAILURE`, until an engine
    /// without this option takes it up.
    public var neverResolves: Bool
    /// What is done about listeners and handlers that keep the flow waiting; `nil` for nothing.
    public var handlerWatch: HandlerWatch?
    /// What surrounds the run and each of its steps.
    public var instrument: (any Instrument)?

    /// One step at a time; failures are resolved, each in its own flow.
    public init(
        parallelism: Int = 1,
        defersReverts: Bool = false,
        neverResolves: Bool = false,
        handlerWatch: HandlerWatch? = .standard,
        instrument: (any Instrument)? = nil
    ) {
        self.parallelism = max(1, parallelism)
        self.defersReverts = defersReverts
        self.neverResolves = neverResolves
        self.handlerWatch = handlerWatch
        self.instrument = instrument
    }
}
