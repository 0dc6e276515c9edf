internal import Glibc
public import VolumeDriver

/// A private directory for files that are needed only during one operation. It has the same path in every attempt of the
/// operation, so that the next attempt finds what a killed one has left.
public struct StagingDirectory: Sendable {
    /// The absolute path.
    public let path: String

    /// The parent of all staging directories, which has room for large files on every distribution and keeps them across
    /// reboots.
    public static let defaultParent = "/var/tmp"

    /// - Parameters:
    ///   - name: the name, unique to the operation.
    ///   - parent: an existing directory.
    public init(named name: String, in parent: String = defaultParent) { path = "\(parent)/volumectl-\(name)" }

    /// Creates the directory, accessible to this user only, without files of an earlier attempt.
    ///
    /// - Throws: `refused` if something else has the path.
    public func make() throws(DriverError) {
        try remove()
        guard mkdir(path, 0o700) == 0 else { throw error("cannot create the staging directory '\(path)'") }
    }

    /// Removes the directory and its files. Idempotent.
    ///
    /// - Throws: `refused` if something else has the path.
    public func remove() throws(DriverError) {
        let directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard directory >= 0 else {
            if errno == ENOENT { return }
            throw error("cannot open the staging directory '\(path)'")
        }
        var status = stat()
        guard fstat(directory, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            close(directory)
            throw DriverError(
                .refused,
                "'\(path)' is not this user's private directory",
                remedy: "find out whose it is, and remove it"
            )
        }
        // The stream owns the descriptor.
        guard let stream = fdopendir(directory) else {
            close(directory)
            throw error("cannot read the staging directory '\(path)'")
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard ![".", ".."].contains(name) else { continue }
            guard unlinkat(directory, name, 0) == 0 || errno == ENOENT else {
                throw error("cannot remove '\(path)/\(name)'")
            }
        }
        guard rmdir(path) == 0 || errno == ENOENT else {
            throw error("cannot remove the staging directory '\(path)'")
        }
    }

    private func error(_ message: String) -> DriverError {
        DriverError(
            .broken,
            message,
            cause: String(cString: strerror(errno)),
            remedy: "check the permissions and the free space of '\(Self.defaultParent)'"
        )
    }
}
