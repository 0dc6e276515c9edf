internal import Synchronization

/// Tells between two steps that the job of which they are part has gone to somebody else
/// (`taskflow: listeners/claims.py CheckingClaimListener`).
///
/// The run's commits are refused then in any case: by ``LeasedStore``, and by the store once the run has been taken over.
/// This is for who wants to stop before, or to know.
public final class ClaimCheckingListener<Board: JobBoard>: Listener {
    private let keeper: LeaseKeeper<Board>
    private let onLoss: @Sendable (Lease) -> Void
    private let hasTold = Mutex(false)

    /// - Parameter onLoss: called once, at the first change after the lease was lost; to stop the engine, or to tell others.
    public init(_ keeper: LeaseKeeper<Board>, onLoss: @escaping @Sendable (Lease) -> Void) {
        self.keeper = keeper
        self.onLoss = onLoss
    }

    /// Looks at the lease.
    public func flowChanged(_ change: FlowChange) { check() }

    /// Looks at the lease.
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
