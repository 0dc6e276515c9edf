internal import Foundation
internal import Synchronization
internal import VolumeDriver

/// Finds progress among the lines of standard error, and tells of it in order and not too often.
final class ProgressLines: Sendable {
    private struct Line: Decodable {
        struct Progress: Decodable {
            let completed: ByteCount
            let total: ByteCount
        }

        let progress: Progress
    }

    private struct State {
        var completed = ByteCount.zero
        var total: ByteCount?
        var last: ContinuousClock.Instant?
    }

    private static let pause = Duration.milliseconds(250)
    private let state = Mutex(State())
    private let report: TransferOptions.Progress

    init(_ report: @escaping TransferOptions.Progress) { self.report = report }

    /// A line that is no progress is for people, and kept by the runner.
    func hear(_ line: String) {
        guard line.utf8.count < 4096, line.first == "{",
            let progress = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)).progress
        else { return }
        let now = ContinuousClock.now
        let step = state.withLock { state -> TransferProgress? in
            // The total is what was said first: it is no news that there is more.
            let total = state.total ?? progress.total
            state.total = total
            state.completed = min(total, max(state.completed, progress.completed))
            if let last = state.last, now - last < Self.pause { return nil }
            state.last = now
            return TransferProgress(completed: state.completed, total: total)
        }
        if let step { report(step) }
    }

    /// All is done.
    func finish(_ size: ByteCount) {
        let total = state.withLock { $0.total } ?? size
        report(TransferProgress(completed: total, total: total))
    }
}
