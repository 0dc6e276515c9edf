internal import Glibc

/// An image file that is written as `.NAME.partial` until it is complete and durable.
public struct UnfinishedImage: Sendable {
    /// The path at which it is written.
    public let partialPath: String
    private let path: String
    private let folder: String
    private let action: String

    /// Starts anew, removing the remains of a call that was killed.
    ///
    /// - Parameter action: what the file is needed for, as the words after "cannot" in errors.
    /// - Throws: `refused` if the path is not the absolute path of a file.
    public init(_ image: VolumeImage, to action: String) throws(DriverError) {
        path = image.path
        let parts = path.split(separator: "/")
        guard path.hasPrefix("/"), !path.utf8.contains(0), let name = parts.last, name != "..", !path.hasSuffix("/")
        else {
            throw DriverError(.refused, "cannot \(action): '\(path)' is not the absolute path of a file")
        }
        folder = "/" + parts.dropLast().joined(separator: "/")
        partialPath = "\(folder)/.\(name).partial"
        self.action = action
        remove()
    }

    /// Creates the unfinished file, empty and accessible to this user only, for a tool that writes to it.
    ///
    /// - Throws: `broken` if it can't be created.
    public func create() throws(DriverError) {
        let file = open(partialPath, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw DriverError(
                errno == ENOSPC ? .retryableElsewhere : .broken,
                "cannot \(action): '\(partialPath)' can't be created",
                cause: String(cString: strerror(errno))
            )
        }
        close(file)
    }

    /// Removes the unfinished file. A published file stays.
    public func remove() { unlink(partialPath) }

    /// Makes the file durable, and gives it its name.
    public func publish() throws(DriverError) {
        guard synchronize(partialPath), rename(partialPath, path) == 0, synchronize(folder) else {
            let cause = String(cString: strerror(errno))
            throw DriverError(.broken, "cannot \(action): the file can't be finished", cause: cause)
        }
    }

    private func synchronize(_ path: String) -> Bool {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return false }
        defer { close(file) }
        return fsync(file) == 0
    }
}
