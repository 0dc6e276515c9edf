internal import Synchronization

// The watch: only one task of one process at a time waits for programs that others have left running.
extension OwnerLocks {
    /// Whether a task of this or another process has the watch.
    package var isWatched: Bool {
        guard let file = files.last else { return false }
        return isWatching.withLock { $0 } || !FileLock(from: Self.watchByte).isFree(in: file)
    }

    /// Runs `body` with the watch; returns `nil` without running it if a task of this or another process has the watch.
    package func watching<Result>(_ body: () async throws -> Result) async rethrows -> Result? {
        guard let file = files.last else { return try await body() }
        // The lock only excludes other open files, not another task that uses this one.
        let isKept = isWatching.withLock { isWatching in
            guard !isWatching, file.lockAtOnce(Self.watchByte) else { return false }
            isWatching = true
            return true
        }
        guard isKept else { return nil }
        defer {
            isWatching.withLock { isWatching in
                file.unlock(Self.watchByte)
                isWatching = false
            }
        }
        return try await body()
    }

    private static let watchByte = openingByte + 2
}
