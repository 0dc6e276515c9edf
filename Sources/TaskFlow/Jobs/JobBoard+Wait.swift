// The functions that wait poll the board: at once after a notification, otherwise at growing intervals.
extension JobBoard {
    /// Waits until there is a job that may be claimed by a conductor that serves `places`.
    ///
    /// - Returns: the jobs that may be claimed, in the order in which they should run, at most `limit`; empty after
    ///   `timeout`.
    /// - Throws: the board's errors; `CancellationError`.
    public func wait(
        at places: Places = .all,
        atMost timeout: Duration,
        limit: Int? = nil
    ) async throws -> [JobPosting] {
        try await look(for: [.posted, .abandoned], atMost: timeout) {
            let found = try await jobs(.claimable(at: places), limit: limit)
            return found.isEmpty ? nil : found
        } ?? []
    }

    /// Waits until a job has left the board. A job that was never posted counts as having left.
    ///
    /// - Returns: whether the job has left the board in time.
    /// - Throws: ``TrashedJob`` if the job was trashed; the board's errors; `CancellationError`.
    public func waitForEnd(of job: JobID, atMost timeout: Duration) async throws -> Bool {
        let end = try await look(for: [.removed, .trashed], atMost: timeout) { try await find(job) == nil ? true : nil }
        guard end != nil else { return false }
        if let trashed = try await trashed().first(where: { $0.job.id == job }) { throw trashed }
        return true
    }

    private func look<Found: Sendable>(
        for events: Set<JobEvent>,
        atMost timeout: Duration,
        _ find: () async throws -> Found?
    ) async throws -> Found? {
        let (news, announcer) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let registration = notifier.register(events) { _ in announcer.yield() }
        defer { notifier.deregister(registration) }
        let end = ContinuousClock.now + timeout.clamped
        var pause = Duration.milliseconds(10)
        while true {
            if let found = try await find() { return found }
            // Without this check, a cancelled caller that calls again would loop for ever.
            try Task.checkCancellation()
            let left = end - .now
            guard left > .zero else { return nil }
            await first(of: news, within: min(pause, left))
            pause = min(pause * 2, .milliseconds(500))
        }
    }
}

/// Returns at the first of `news`, and after `pause` at the latest.
private func first(of news: AsyncStream<Void>, within pause: Duration) async {
    await withTaskGroup { group in
        group.addTask { for await _ in news { return } }
        // Cancelled at the first of `news`.
        group.addTask { try? await Task.sleep(for: pause) }
        await group.next()
        group.cancelAll()
    }
}
