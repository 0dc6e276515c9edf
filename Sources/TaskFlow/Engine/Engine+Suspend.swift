internal import Synchronization

extension Engine {
    /// Suspends the run: steps that are being executed or reverted come to their end, and no others start, until the
    /// run is continued here or elsewhere. Does nothing if the run isn't running.
    ///
    /// Steps that have been started but not yet performed, because of the limit on parallelism, stay `RUNNING` and are
    /// performed when the flow continues. A retry that is pausing before its next attempt is interrupted, and pauses
    /// for the rest of that time when the flow continues.
    public nonisolated func suspend() { suspend(handingBack: false) }

    /// Suspends the run, as ``suspend()`` does, and lets it wait for the place where it is: for that of the last step that
    /// has begun at a place that the engine serves. So the next engine that serves the place takes it up at once, as one that
    /// was handed over, and need not find out whether somebody else is about to resume it. A run without such a step is only
    /// suspended.
    public nonisolated func handBack() { suspend(handingBack: true) }

    private nonisolated func suspend(handingBack: Bool) {
        let pauses = flow.withLock { flow in
            flow.suspend(handingBack: handingBack)
            return flow.isSuspending ? Array(flow.preparing.values) : []
        }
        for pause in pauses { pause.cancel() }
    }
}
