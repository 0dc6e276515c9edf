internal import TimeLimits
internal import VolumeAPI
internal import VolumeDriver

/// How long pools are waited for that are only asked something.
enum Patience {
    /// For an answer.
    static let limit = Duration.seconds(5)
    /// For the end of a call that is cancelled because the answer has not come: its programs are ended meanwhile.
    static let grace = Duration.seconds(3)

    /// What `ask` gives, if it gives it in time. A call that does not even end when it is cancelled is left behind, so it may
    /// only look, or do what may happen at any time.
    ///
    /// - Parameter pool: who is asked, for the error.
    /// - Throws: ``DriverError``: `timedOut` when there is no answer in time; what `ask` throws.
    static func wait<Answer: Sendable>(
        for pool: String,
        _ ask: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        let answer = await abandoning(after: limit + grace, sleep: sleep) {
            await cancelling(after: limit, sleep: sleep, ask)
        }
        switch answer {
        case (.success(let answer), _)?: return answer
        case (.failure(let error), isLate: false)?: throw error
        case (.failure, isLate: true)?, nil: throw DriverError.noAnswer(from: pool)
        }
    }

    /// Sleeps in many short naps. Where this process gets no processor, they get longer, as the call does: that is not the
    /// pool's silence.
    private static func sleep(_ duration: Duration) async throws {
        let nap = Duration.milliseconds(50)
        for _ in 0..<Int(duration / nap) { try await Task.sleep(for: nap) }
    }
}

extension DriverError {
    fileprivate static func noAnswer(from pool: String) -> DriverError {
        DriverError(
            .timedOut,
            "pool \"\(pool)\" does not answer",
            cause: "it was waited for \(Patience.limit.components.seconds) seconds",
            remedy: "look whether its backend is well",
            serviceRemedy: .showPool(pool)
        )
    }
}
