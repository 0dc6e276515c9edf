internal import ArgumentParser
internal import Foundation
internal import Synchronization
internal import VolumeAPI
internal import VolumeDriver

/// How the progress of commands that move data is shown.
struct ProgressOptions: ParsableArguments {
    enum Format: String, CaseIterable, ExpressibleByArgument {
        /// A line that changes, on a terminal only.
        case auto
        /// Lines of text.
        case plain
        /// Lines of JSON.
        case json
        case none
    }

    @Option(
        help: ArgumentHelp(
            "How to show the progress on standard error; auto: on a terminal only.",
            valueName: "format"
        )
    )
    var progress = Format.auto
}

/// Shows the progress of a transfer on standard error.
final class TransferMeter: Sendable {
    private struct State {
        var start: ContinuousClock.Instant?
        var shown: ContinuousClock.Instant?
        var hasLine = false
    }

    private let state = Mutex(State())
    private let format: ProgressOptions.Format

    init(_ format: ProgressOptions.Format) {
        let isTerminal = Console.errorWidth != nil && ProcessInfo.processInfo.environment["TERM"] != "dumb"
        self.format = format == .auto && !isTerminal ? .none : format
    }

    func show(_ progress: TransferProgress) {
        let now = ContinuousClock.now
        let elapsed = state.withLock { state in
            let start = state.start ?? now
            state.start = start
            return now - start
        }
        switch format {
        case .none: return
        case .json: Console.note(Self.json(progress))
        case .plain:
            let isDue = state.withLock { state in
                // A line every few seconds and at the end is enough for a log.
                guard progress.completed == progress.total || state.shown.map({ now - $0 >= .seconds(5) }) ?? true
                else { return false }
                state.shown = now
                return true
            }
            if isDue { Console.note("\(Date().timestamp)  \(Self.words(progress, after: elapsed))") }
        case .auto:
            // A transfer that ends at once shows nothing.
            guard elapsed > .milliseconds(300) else { return }
            state.withLock { $0.hasLine = true }
            Console.replaceLine(Self.words(progress, after: elapsed))
        }
    }

    /// Removes the line on the terminal.
    func end() {
        let hasLine = state.withLock { state in
            defer { state.hasLine = false }
            return state.hasLine
        }
        if hasLine { Console.replaceLine("") }
    }

    /// `45 %  4.5 GiB of 10 GiB  210 MiB/s  27 s left`.
    static func words(_ progress: TransferProgress, after elapsed: Duration) -> String {
        let (completed, total) = (Double(progress.completed.bytes), Double(progress.total.bytes))
        let percent = total > 0 ? Int(completed / total * 100) : 100
        let words = "\(percent) %  \(progress.completed) of \(progress.total)"
        let seconds = elapsed / .seconds(1)
        guard seconds >= 2, completed > 0, let rate = ByteCount(bytes: Int64(completed / seconds)), rate > .zero else {
            return words
        }
        return words + "  \(rate)/s  \(Int((total - completed) / Double(rate.bytes))) s left"
    }

    static func json(_ progress: TransferProgress) -> String {
        #"{"progress":{"completed_bytes":\#(progress.completed.bytes),"total_bytes":\#(progress.total.bytes)}}"#
    }
}
