import Synchronization

/// Has the calls of this process that change one volume follow each other.
///
/// Processes are kept apart by LVM's own lock around each command, and by what the driver looks at again behind it.
final class VolumeLocks: Sendable {
    /// One for all drivers of the process: two may serve one group.
    static let shared = VolumeLocks()

    private let queues = Mutex<[String: [CheckedContinuation<Void, Never>]]>([:])

    /// Runs `body` when nobody else who gave one of these keys is running.
    func withLocks<Value, Failure: Error>(
        _ keys: [String],
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        // In one order, so that two can't wait for each other.
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
