internal import Glibc
internal import Trust
public import VolumeDriver

/// A directory for the sockets and locks of this user on this host.
public struct HostDirectory: Sendable, Hashable {
    /// The absolute path.
    public let path: String

    /// - Parameter path: an absolute path; the directory need not exist yet.
    public init(_ path: String) { self.path = path }

    /// Runs `body` while holding the lock `name`, which excludes all other processes and tasks of this host.
    ///
    /// - Parameters:
    ///   - name: part of the lock file's name. Use few names, because the files stay.
    ///   - action: the action, for errors.
    /// - Throws: `broken` if other users can write to the directory; what `body` throws.
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
        // Closing the file, or the end of the process, releases the lock.
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

    /// Creates the directory for this user only, and refuses a directory that others can write to.
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
                "cannot \(action): '\(path)' is not a directory and can't be created",
                cause: String(cString: strerror(errno)),
                remedy: "configure another 'export-directory'"
            )
        }
        guard status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
            throw DriverError(
                .broken,
                "cannot \(action): other users can write to '\(path)'",
                remedy: "chown it to this service's user, and chmod 700 '\(path)'"
            )
        }
    }
}
