internal import Synchronization

/// Tells who listens to a transfer of its progress: never of less than before, four times a second at most, and at last
/// that all is done.
public final class ProgressMeter: Sendable {
    private struct State {
        var completed = ByteCount.zero
        var total: ByteCount?
        var last: ContinuousClock.Instant?
    }

    private static let pause = Duration.milliseconds(250)
    private let state = Mutex(State())
    private let report: TransferOptions.Progress?

    /// Tells who is named in the options, or nobody.
    public init(_ options: TransferOptions) { report = options.progress }

    /// That so much is done. The total is what was said of it first: it is no news that there is more.
    public func advance(to completed: ByteCount, of total: ByteCount) {
        guard let report else { return }
        let now = ContinuousClock.now
        let progress = state.withLock { state -> TransferProgress? in
            let total = state.total ?? total
            state.total = total
            state.completed = min(total, max(state.completed, completed))
            if let last = state.last, now - last < Self.pause { return nil }
            state.last = now
            return TransferProgress(completed: state.completed, total: total)
        }
        if let progress { report(progress) }
    }

    /// That all is done.
    ///
    /// - Parameter total: what there was to do, unless it has been said before.
    public func finish(_ total: ByteCount) {
        let total = state.withLock { $0.total } ?? total
        report?(TransferProgress(completed: total, total: total))
    }
}
