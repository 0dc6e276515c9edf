internal import Synchronization

/// Renews a lease while its job is worked on, and knows whether it is lost.
///
/// ```swift
/// let keeper = try await LeaseKeeper(claiming: job.id, by: "worker-1", on: board, for: .seconds(30))
/// let engine = try Engine(flow, request: request, in: LeasedStore(store, keeper))
/// try await keeper.keeping { try await engine.run() }
/// ```
public final class LeaseKeeper<Board: JobBoard>: Sendable {
    /// What is kept.
    public let lease: Lease

    private let board: Board
    private let duration: Duration
    private let knowledge: Mutex<Knowledge>

    private struct Knowledge {
        var isLost = false
        /// Until then, nobody else can have claimed the job, unless the board's clock is faster than ours.
        var goodUntil: ContinuousClock.Instant
    }

    /// Claims a job.
    ///
    /// - Parameter duration: how long the lease lasts; it is renewed each time a third of that has passed.
    /// - Throws: ``JobRefused`` when somebody else has it, or there is no such job; what the board throws.
    public init(claiming job: JobID, by owner: String, on board: Board, for duration: Duration) async throws {
        let start = ContinuousClock.now
        lease = try await board.claim(job, by: owner, for: duration)
        self.board = board
        self.duration = duration.clamped
        knowledge = Mutex(Knowledge(goodUntil: start + duration.clamped))
    }

    /// Whether the board has said that somebody else has the job.
    public var isLost: Bool { knowledge.withLock(\.isLost) }

    /// Runs `body` while the lease is renewed. Once it is lost, `body` is cancelled.
    ///
    /// - Throws: ``LeaseLost`` when the lease was lost before `body` came to its end; what `body` throws.
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

    /// Makes sure that the lease is still good, by asking the board if it should have run out.
    ///
    /// - Throws: ``LeaseLost``; what the board throws.
    public func confirm() async throws {
        let (isLost, goodUntil) = knowledge.withLock { ($0.isLost, $0.goodUntil) }
        guard !isLost else { throw LeaseLost(lease) }
        if goodUntil <= .now { try await renew() }
    }

    /// Renews the lease again and again, until it is lost or the task is cancelled.
    private func keep() async throws {
        while (try? await Task.sleep(for: max(duration / 3, .milliseconds(1)))) != nil {
            do {
                try await renew()
            } catch let error as LeaseLost {
                throw error
            } catch {
                // The board may be well again before the lease has run out; if it isn't, `confirm` says so.
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
