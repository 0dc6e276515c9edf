internal import Synchronization
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
        let (answers, answer) = AsyncStream.makeStream(of: Result<Answer, any Error>.self)
        let isLate = Atomic(false)
        let call = Task {
            do {
                answer.yield(.success(try await ask()))
            } catch {
                answer.yield(.failure(error))
            }
        }
        let alarm = Task {
            try await sleep(for: limit)
            isLate.store(true, ordering: .relaxed)
            call.cancel()
            try await sleep(for: grace)
            answer.finish()
        }
        defer { alarm.cancel() }
        // Also where the caller is cancelled, the call is told so, and waited for.
        let first = Task { await answers.first { _ in true } }
        let result = await withTaskCancellationHandler {
            await first.value
        } onCancel: {
            call.cancel()
        }
        switch result {
        case .success(let answer)?: return answer
        case .failure(let error)? where !isLate.load(ordering: .relaxed): throw error
        case .failure, nil: throw DriverError.noAnswer(from: pool)
        }
    }

    /// Sleeps in many short naps. Where this process gets no processor, they get longer, as the call does: that is not the
    /// pool's silence.
    private static func sleep(for duration: Duration) async throws {
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
