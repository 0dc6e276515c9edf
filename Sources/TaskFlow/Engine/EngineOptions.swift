/// Options of an engine (`taskflow: engine options`).
public struct EngineOptions: Sendable {
    /// The greatest number of steps that run at the same time, where the flow's order permits.
    public var parallelism: Int
    /// Whether the whole run is reverted when the retry of a subflow gives the subflow up and no surrounding retry
    /// decides otherwise. If `false`, steps outside the subflow stay done, although the run ends in `REVERTED`.
    public var defersReverts: Bool
    /// Whether failures are left unresolved: nothing is reverted or retried, and the run ends in `FAILURE`, until an
    /// engine without this option resumes it.
    public var neverResolves: Bool
    /// How slow listeners and handlers, which keep the flow waiting, are reported; `nil` if they aren't.
    public var handlerWatch: HandlerWatch?
    /// Surrounds the run and each of its steps, as tracing does.
    public var instrument: (any Instrument)?
    /// The places that the engine serves (`taskflow: worker-based engine`). A step of another place (``PlacedTask``) is
    /// neither executed nor reverted here: when nothing else can be done here, the engine puts the run to rest in
    /// `SUSPENDED` with ``FlowDetail/place``, for an engine that serves that place to resume it.
    public var places: Places
    /// The board that receives the job of a run that is handed over; `nil` if those who serve its place look for it in
    /// the store.
    public var handOver: HandOverBoard?

    /// Creates options; by default steps run one at a time, a failure is resolved within its own subflow, and every place
    /// is served.
    public init(
        parallelism: Int = 1,
        defersReverts: Bool = false,
        neverResolves: Bool = false,
        handlerWatch: HandlerWatch? = .standard,
        instrument: (any Instrument)? = nil,
        places: Places = .all,
        handOver: HandOverBoard? = nil
    ) {
        self.parallelism = max(1, parallelism)
        self.defersReverts = defersReverts
        self.neverResolves = neverResolves
        self.handlerWatch = handlerWatch
        self.instrument = instrument
        self.places = places
        self.handOver = handOver
    }
}
