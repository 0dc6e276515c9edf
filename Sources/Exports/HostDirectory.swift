internal import Glibc
internal import Trust
public import VolumeDriver

/// A directory of this user's for what concerns this host alone: sockets, and the locks of those who work here at once.
public struct HostDirectory: Sendable, Hashable {
    /// An absolute path.
    public let path: String

    /// - Parameter path: an absolute path, which need not exist yet.
    public init(_ path: String) { self.path = path }

    /// Runs `body` alone among all processes and tasks of this host that take the lock `name`.
    ///
    /// - Parameters:
    ///   - name: a part of a file's name; names are few, as their files stay.
    ///   - action: what is being done, for errors.
    /// - Throws: `broken` if others could write to the directory; what `body` throws.
    public func locked<Value: Sendable>(
        _ name: String,
        _ action: String,
        _ body: () async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        try make(action)
        let file = open("\(path)/.lock-\(name)", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else {
            let cause = String(cString: strerror(errno))
            throw DriverError(.broken, "cannot \(action): no lock in '\(path)'", cause: cause)
        }
        // Closing gives the lock back, as does the end of this process.
        defer { close(file) }
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            do {
                try await Task.sleep(for: .milliseconds(20))
            } catch {
                let cause = "another process holds the lock '\(path)/.lock-\(name)'"
                throw DriverError(.cancelled, "cannot \(action): the call was cancelled", cause: cause)
            }
        }
        return try await body()
    }

    /// Makes the directory for this user alone, and refuses one in which others could put something.
    private func make(_ action: String) throws(DriverError) {
        do throws(Distrust) {
            try Trust.checkPlace(of: path)
        } catch {
            throw DriverError(
                .notPermitted,
                "cannot \(action): '\(path)' is not used",
                cause: error.description,
                remedy: error.remedy
            )
        }
        var part = ""
        for name in path.split(separator: "/") {
            part += "/\(name)"
            mkdir(part, 0o700)
        }
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw DriverError(
                .broken,
                "cannot \(action): '\(path)' is not a directory, and can't be made",
                cause: String(cString: strerror(errno)),
                remedy: "configure another 'export-directory'"
            )
        }
        guard status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
            throw DriverError(
                .broken,
                "cannot \(action): others may write to '\(path)'",
                remedy: "chown it to this service's user, and chmod 700 '\(path)'"
            )
        }
    }
}
