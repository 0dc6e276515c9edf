internal import Synchronization

/// Notices between two steps that the lease of their job has been lost
/// (`taskflow: listeners/claims.py CheckingClaimListener`).
///
/// The run's commits are refused in any case: by ``LeasedStore``, and by the store once another process has claimed the
/// run. This listener lets a program stop earlier, or report the loss.
public final class ClaimCheckingListener<Board: JobBoard>: Listener {
    private let keeper: LeaseKeeper<Board>
    private let onLoss: @Sendable (Lease) -> Void
    private let hasTold = Mutex(false)

    /// - Parameter onLoss: called once, at the first change after the loss of the lease.
    public init(_ keeper: LeaseKeeper<Board>, onLoss: @escaping @Sendable (Lease) -> Void) {
        self.keeper = keeper
        self.onLoss = onLoss
    }

    /// Checks the lease.
    public func flowChanged(_ change: FlowChange) { check() }

    /// Checks the lease.
    public func atomChanged(_ change: AtomChange) { check() }

    private func check() {
        guard keeper.isLost else { return }
        let isFirst = hasTold.withLock { hasTold in
            defer { hasTold = true }
            return !hasTold
        }
        if isFirst { onLoss(keeper.lease) }
    }
}
