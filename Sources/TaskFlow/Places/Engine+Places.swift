internal import Synchronization

extension Engine {
    /// The place that the run waits for, after the engine has handed it over; otherwise `nil`. The run is `SUSPENDED` then,
    /// and goes on there; ``FlowStore/waitForEnd(of:atMost:)`` waits for its end.
    public nonisolated var place: Place? { flow.withLock(\.detail.place) }
}
