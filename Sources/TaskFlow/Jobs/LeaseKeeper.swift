internal import Synchronization

/// Renews the lease of a job while the job runs, and notices its loss.
///
/// ```swift
/// let keeper = try await LeaseKeeper(claiming: job.id, by: "worker-1", on: board, for: .seconds(30))
/// let engine = try Engine(flow, request: request, in: LeasedStore(store, keeper))
/// try await keeper.keeping { try await engine.run() }
/// ```
public final class LeaseKeeper<Board: JobBoard>: Sendable {
    /// The lease that is renewed.
    public let lease: Lease

    private let board: Board
    private let duration: Duration
    private let knowledge: Mutex<Knowledge>

    private struct Knowledge {
        var isLost = false
        /// The time before which no one else can have claimed the job, unless the board's clock is faster than this
        /// process's.
        var goodUntil: ContinuousClock.Instant
    }

    /// Claims a job.
    ///
    /// - Parameter duration: the duration of the lease, which is renewed whenever a third of it has passed.
    /// - Throws: ``JobRefused`` if another owner has claimed the job, or there is no such job; the board's errors.
    public init(claiming job: JobID, by owner: String, on board: Board, for duration: Duration) async throws {
        let start = ContinuousClock.now
        lease = try await board.claim(job, by: owner, for: duration)
        self.board = board
        self.duration = duration.clamped
        knowledge = Mutex(Knowledge(goodUntil: start + duration.clamped))
    }

    /// Whether the board has refused a renewal because the lease is lost.
    public var isLost: Bool { knowledge.withLock(\.isLost) }

    /// Runs `body` while renewing the lease. If the lease is lost, `body` is cancelled.
    ///
    /// - Throws: ``LeaseLost`` if the lease was lost before the end of `body`; the error of `body`.
    public func keeping<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await self.keep()
                return nil
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    /// Checks that the lease is valid. If it may have expired, it is renewed.
    ///
    /// - Throws: ``LeaseLost`` if the lease is lost; the board's errors.
    public func confirm() async throws {
        let (isLost, goodUntil) = knowledge.withLock { ($0.isLost, $0.goodUntil) }
        guard !isLost else { throw LeaseLost(lease) }
        if goodUntil <= .now { try await renew() }
    }

    /// Renews the lease repeatedly, until it is lost or the task is cancelled.
    private func keep() async throws {
        while (try? await Task.sleep(for: max(duration / 3, .milliseconds(1)))) != nil {
            do {
                try await renew()
            } catch let error as LeaseLost {
                throw error
            } catch {
                // The board may work again before the lease expires; otherwise `confirm` throws.
            }
        }
    }

    private func renew() async throws {
        let start = ContinuousClock.now
        do {
            try await board.renew(lease, for: duration)
        } catch let error as LeaseLost {
            knowledge.withLock { $0.isLost = true }
            throw error
        }
        knowledge.withLock { $0.goodUntil = max($0.goodUntil, start + duration) }
    }
}
