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
        switch await abandoning(after: limit, grace: grace, ask) {
        case (.success(let answer), _)?: return answer
        case (.failure(let error), isLate: false)?: throw error
        case (.failure, isLate: true)?, nil: throw DriverError.noAnswer(from: pool)
        }
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
