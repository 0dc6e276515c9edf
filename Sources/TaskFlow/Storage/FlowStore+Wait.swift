extension FlowStore {
    /// Waits until a run has ended, in whichever process, and returns its result. The store is asked at growing
    /// intervals of at most half a second.
    ///
    /// A run that is suspended, or waits for its place, has not ended.
    ///
    /// - Returns: the result; `nil` if the run has not ended in time, or there is no such run.
    /// - Throws: the store's errors; `CancellationError`.
    public func waitForEnd(of flow: FlowID, atMost timeout: Duration) async throws -> FlowResult? {
        let end = ContinuousClock.now + timeout.clamped
        var pause = Duration.milliseconds(10)
        while let result = try await result(of: flow) {
            if result.state.isFinished { return result }
            let left = end - .now
            guard left > .zero else { return nil }
            try await Task.sleep(for: min(pause, left))
            pause = min(pause * 2, .milliseconds(500))
        }
        return nil
    }
}
