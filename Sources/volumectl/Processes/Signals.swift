internal import Foundation
internal import Synchronization

/// The signals by which a person or a supervisor interrupts the program: SIGINT, SIGTERM and SIGHUP.
enum Signals {
    /// Hears of signals, which would end the program otherwise, while `body` runs.
    ///
    /// A signal that was ignored when the program began stays so, as `nohup` and a shell's background jobs want it. Only a
    /// SIGINT that is sent to this very program, rather than by a terminal to all that runs there, counts in any case.
    static func hearing<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        let replaced = [SIGINT, SIGTERM, SIGHUP].compactMap { signal in replaceAction(of: signal).map { (signal, $0) } }
        defer { for case (let signal, var old) in replaced { sigaction(signal, &old, nil) } }
        return try await body()
    }

    /// The next signal that is heard.
    ///
    /// - Throws: `CancellationError`.
    static func next() async throws -> Int32 {
        while true {
            if heard.load(ordering: .relaxed) < count.load(ordering: .acquiring) {
                heard.add(1, ordering: .relaxed)
                return last.load(ordering: .relaxed)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// - Returns: what the signal did so far; `nil` if it is left at that.
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

    /// SIG_IGN as a number.
    private static let ignore = 1

    /// How many signals have arrived.
    private static let count = Atomic(0)
    /// How many of them somebody has asked for.
    private static let heard = Atomic(0)
    /// The last that has arrived.
    private static let last = Atomic<Int32>(0)

    private typealias Handler =
        @convention(c) (Int32, UnsafeMutablePointer<siginfo_t>?, UnsafeMutableRawPointer?) -> Void

    // Handlers of signals may do next to nothing.

    private static let note: Handler = { signal, _, _ in
        last.store(signal, ordering: .relaxed)
        count.add(1, ordering: .releasing)
    }

    private static let noteIfSent: Handler = { signal, info, _ in
        // Codes above zero are the kernel's own, such as a terminal's.
        guard let info, info.pointee.si_code <= 0 else { return }
        last.store(signal, ordering: .relaxed)
        count.add(1, ordering: .releasing)
    }
}
