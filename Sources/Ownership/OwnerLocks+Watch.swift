internal import Synchronization

/// What one task of one process is enough for: to wait until what others have left behind has ended.
extension OwnerLocks {
    /// Whether somebody keeps the watch, in this process or in another.
    package var isWatched: Bool {
        guard let file = files.last else { return false }
        return isWatching.withLock { $0 } || !FileLock(from: Self.watchByte).isFree(in: file)
    }

    /// Keeps the watch while `body` runs; `nil`, and nothing is run, if somebody keeps it, in this process or in another.
    package func watching<Result>(_ body: () async throws -> Result) async rethrows -> Result? {
        guard let file = files.last else { return try await body() }
        // The lock keeps out other open files only, not another task with this one.
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
