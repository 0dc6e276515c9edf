internal import Glibc

/// An image file that is written under another name, `.NAME.partial`, until it is complete and durable.
public struct UnfinishedImage: Sendable {
    /// Where it is written.
    public let partialPath: String
    private let path: String
    private let folder: String
    private let action: String

    /// Begins anew: what an earlier call that was killed has left is removed.
    ///
    /// - Parameter action: what is done with it, for errors.
    /// - Throws: `refused` if the path isn't absolute, or has no name.
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

    /// Removes what is unfinished; what is finished stays.
    public func remove() { unlink(partialPath) }

    /// Gives the file its name, once its content is on the disk.
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
