import Synchronization

/// Serializes the calls of this process that change the same volume.
///
/// Between processes, LVM's lock serializes the commands, and the driver checks the state again after taking it.
final class VolumeLocks: Sendable {
    /// Shared by all drivers of the process, because two may serve one group.
    static let shared = VolumeLocks()

    private let queues = Mutex<[String: [CheckedContinuation<Void, Never>]]>([:])

    /// Runs `body` while no other body with one of the keys runs.
    func withLocks<Value, Failure: Error>(
        _ keys: [String],
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        // A fixed order prevents deadlocks.
        let keys = Set(keys).sorted()
        for key in keys { await lock(key) }
        defer { for key in keys { unlock(key) } }
        return try await body()
    }

    private func lock(_ key: String) async {
        await withCheckedContinuation { continuation in
            let isFree = queues.withLock { queues in
                guard queues[key] != nil else {
                    queues[key] = []
                    return true
                }
                queues[key]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func unlock(_ key: String) {
        let next = queues.withLock { queues -> CheckedContinuation<Void, Never>? in
            guard var queue = queues[key], !queue.isEmpty else {
                queues[key] = nil
                return nil
            }
            let next = queue.removeFirst()
            queues[key] = queue
            return next
        }
        next?.resume()
    }
}
