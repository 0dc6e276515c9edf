internal import Glibc

/// What one process is enough for: to wait until what others have left behind has ended.
extension OwnerLocks {
    /// Whether another process keeps the watch.
    package var isWatched: Bool {
        guard let file = files.last else { return false }
        return !Self.isFree(file, Self.watchByte, count: 1)
    }

    /// Keeps the watch while `body` runs; `nil`, and nothing is run, if another process keeps it.
    package func watching<Result>(_ body: () async throws -> Result) async rethrows -> Result? {
        guard let file = files.last else { return try await body() }
        var lock = Self.lock(Self.watchByte, F_WRLCK)
        guard fcntl(file.descriptor, Self.setLock, &lock) == 0 else { return nil }
        defer { try? Self.change(Self.watchByte, of: file, to: F_UNLCK) }
        return try await body()
    }

    private static let watchByte = openingByte + 2
}
