internal import Glibc

/// A signal for which one thread waits, for a limited time.
///
/// The time is measured by the monotonic clock. A semaphore of Dispatch waits until a time of day on Linux, and would wait
/// for a day when that is set back by a day.
final class Bell: Sendable {
    /// Both ends of a pipe; -1 if the system has none, so that `poll` does nothing but wait.
    private let ends: (reading: Int32, writing: Int32)

    init() {
        var files: [Int32] = [-1, -1]
        if pipe(&files) != 0 { files = [-1, -1] }
        for file in files where file >= 0 { _ = fcntl(file, F_SETFD, FD_CLOEXEC) }
        ends = (files[0], files[1])
    }

    deinit { for file in [ends.reading, ends.writing] where file >= 0 { close(file) } }

    /// Rings for ever.
    func ring() {
        var byte: UInt8 = 0
        _ = write(ends.writing, &byte, 1)
    }

    /// Waits until it rings, and returns whether it did in time. A wait that a signal interrupts is shorter.
    func hasRung(within time: Duration) -> Bool {
        var request = pollfd(fd: ends.reading, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, Int32(clamping: time.milliseconds)) > 0
    }
}
