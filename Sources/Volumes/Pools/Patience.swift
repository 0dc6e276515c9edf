internal import TimeLimits
internal import VolumeAPI
internal import VolumeDriver

/// How long to wait for pools that are only queried.
enum Patience {
    /// The time in which a pool has to answer.
    static let limit = Duration.seconds(5)
    /// The additional time in which a cancelled query has to end its programs.
    static let grace = Duration.seconds(3)

    /// Runs `ask`, and gives up when there is no answer in time. A query that ignores its cancellation is abandoned
    /// while it runs, so `ask` must be read-only or harmless at any time.
    ///
    /// - Parameter pool: the pool's name, for the error.
    /// - Throws: ``DriverError``: `timedOut` when there is no answer in time; what `ask` throws.
    static func wait<Answer: Sendable>(
        for pool: String,
        _ ask: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        try answer(of: pool, await abandoning(after: limit, grace: grace, ask)).get()
    }

    /// Runs `ask` for each of the pools, all at the same time, and gives up the answers that do not come in time, as
    /// ``wait(for:_:)`` does.
    static func wait<Answer: Sendable>(
        forEach pools: [Pool],
        _ ask: @escaping @Sendable (Pool) async throws -> Answer
    ) async -> [Result<Answer, any Error>] {
        let answers = await abandoningEach(of: pools.count, after: limit, grace: grace) { try await ask(pools[$0]) }
        return zip(pools, answers).map { answer(of: $0.name, $1) }
    }

    private static func answer<Answer>(
        of pool: String,
        _ answer: (result: Result<Answer, any Error>, isLate: Bool)?
    ) -> Result<Answer, any Error> {
        guard let (result, isLate) = answer else { return .failure(DriverError.noAnswer(from: pool)) }
        if case .failure = result, isLate { return .failure(DriverError.noAnswer(from: pool)) }
        return result
    }
}

extension DriverError {
    fileprivate static func noAnswer(from pool: String) -> DriverError {
        DriverError(
            .timedOut,
            "pool \"\(pool)\" does not answer",
            cause: "there was no answer within \(Patience.limit.components.seconds) seconds",
            remedy: "check whether its backend is healthy",
            serviceRemedy: .showPool(pool)
        )
    }
}
