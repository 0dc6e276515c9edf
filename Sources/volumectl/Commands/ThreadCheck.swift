internal import Foundation
internal import SystemPackage
internal import VolumeAPI

/// A check that this process can create the threads that it needs.
enum ThreadCheck {
    private static let count = 8

    /// Creates several threads for a moment, because the runtime would wait for ever for a thread that the system does
    /// not grant.
    ///
    /// - Throws: ``VolumeError``.
    static func run() throws(VolumeError) {
        var threads: [pthread_t] = []
        var failure: Int32 = 0
        var gate: [Int32] = [-1, -1]
        if pipe(&gate) != 0 { failure = errno }
        while failure == 0, threads.count < count {
            var thread = pthread_t()
            failure = pthread_create(
                &thread,
                nil,
                { gate in
                    var byte: UInt8 = 0
                    // Blocks until the other end is closed.
                    _ = read(Int32(Int(bitPattern: gate)), &byte, 1)
                    return nil
                },
                UnsafeMutableRawPointer(bitPattern: Int(gate[0]))
            )
            if failure == 0 { threads.append(thread) }
        }
        close(gate[1])
        for thread in threads { pthread_join(thread, nil) }
        close(gate[0])
        guard failure != 0 else { return }
        throw VolumeError(
            .unexpected,
            "this process can't have the \(count) threads that it needs",
            cause: "\(Errno(rawValue: failure)), after \(threads.count)",
            remedies: [
                .advice("raise the limit of processes: `ulimit -u`, or of the service's control group")
            ]
        )
    }
}
