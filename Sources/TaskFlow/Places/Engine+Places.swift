internal import Synchronization

extension Engine {
    /// The place that the run waits for, after the engine has handed it over; otherwise `nil`. The run is `SUSPENDED` then,
    /// and goes on there; ``FlowStore/waitForEnd(of:atMost:)`` waits for its end.
    public nonisolated var place: Place? { flow.withLock(\.detail.place) }

    /// Suspends the run, as ``suspend()`` does, and lets it wait for the place where it is: for that of the last step that has
    /// begun at a place that the engine serves. So the next engine that serves the place takes it up at once, as one that was handed over, and need not
    /// find out whether somebody else is about to resume it. A run without such a step is only suspended.
    public nonisolated func handBack() { suspend(handingBack: true) }
}
