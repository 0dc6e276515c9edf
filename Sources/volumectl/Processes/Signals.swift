internal import Foundation
internal import Synchronization

/// The signals by which a person or a supervisor interrupts the program: SIGINT, SIGTERM and SIGHUP.
enum Signals {
    /// Catches the signals, which would otherwise end the program, while `body` runs.
    ///
    /// Signals that were ignored at the start stay ignored, as `nohup` and background jobs of shells expect. The
    /// exception is a SIGINT that is sent to this process itself rather than by a terminal to all its processes.
    static func hearing<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        let replaced = [SIGINT, SIGTERM, SIGHUP].compactMap { signal in replaceAction(of: signal).map { (signal, $0) } }
        defer { for case (let signal, var old) in replaced { sigaction(signal, &old, nil) } }
        return try await body()
    }

    /// Whether a signal has been caught that ``next()`` has not returned.
    static var isPending: Bool { heard.load(ordering: .relaxed) < count.load(ordering: .acquiring) }

    /// Waits for the next caught signal.
    ///
    /// - Throws: `CancellationError`.
    static func next() async throws -> Int32 {
        while true {
            if isPending {
                heard.add(1, ordering: .relaxed)
                return last.load(ordering: .relaxed)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// - Returns: the previous action; `nil` if the signal stays ignored.
    private static func replaceAction(of signal: Int32) -> sigaction? {
        var old = sigaction()
        sigaction(signal, nil, &old)
        let isIgnored = unsafeBitCast(old.__sigaction_handler.sa_handler, to: Int.self) == ignore
        guard !isIgnored || signal == SIGINT else { return nil }
        var new = sigaction()
        new.sa_flags = SA_SIGINFO | Int32(SA_RESTART)
        new.__sigaction_handler.sa_sigaction = isIgnored ? noteIfSent : note
        _ = (count.load(ordering: .relaxed), last.load(ordering: .relaxed))
        sigaction(signal, &new, nil)
        return old
    }

    /// `SIG_IGN` as a number.
    private static let ignore = 1

    /// The number of signals that were caught.
    private static let count = Atomic(0)
    /// The number of signals that ``next()`` has returned.
    private static let heard = Atomic(0)
    /// The last signal that was caught.
    private static let last = Atomic<Int32>(0)

    private typealias Handler =
        @convention(c) (Int32, UnsafeMutablePointer<siginfo_t>?, UnsafeMutableRawPointer?) -> Void

    // Signal handlers may do next to nothing.

    private static let note: Handler = { signal, _, _ in
        last.store(signal, ordering: .relaxed)
        count.add(1, ordering: .releasing)
    }

    private static let noteIfSent: Handler = { signal, info, _ in
        // Codes above zero mean that the kernel sent the signal, for a terminal for example.
        guard let info, info.pointee.si_code <= 0 else { return }
        last.store(signal, ordering: .relaxed)
        count.add(1, ordering: .releasing)
    }
}
