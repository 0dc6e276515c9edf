internal import Synchronization

/// Reports the progress of a transfer: never decreasing, at most four times a second, and finally its completion.
public final class ProgressMeter: Sendable {
    private struct State {
        var completed = ByteCount.zero
        var total: ByteCount?
        var last: ContinuousClock.Instant?
    }

    private static let pause = Duration.milliseconds(250)
    private let state = Mutex(State())
    private let report: TransferOptions.Progress?

    /// Reports to the listener in the options, if there is one.
    public init(_ options: TransferOptions) { report = options.progress }

    /// Reports the completed amount. The first `total` counts, even if a later one is larger.
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

    /// Reports the completion.
    ///
    /// - Parameter total: the amount to transfer, if no progress has been reported before.
    public func finish(_ total: ByteCount) {
        let total = state.withLock { $0.total } ?? total
        report?(TransferProgress(completed: total, total: total))
    }
}
