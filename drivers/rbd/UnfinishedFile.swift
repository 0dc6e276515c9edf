internal import Glibc
internal import VolumeDriver

/// A file that is written under another name, `.NAME.partial`, until it is complete.
struct UnfinishedFile {
    let path: String
    let partialPath: String
    private let folder: String

    /// - Throws: `refused` if the path isn't absolute, or has no name.
    init(_ path: String, _ action: String) throws(DriverError) {
        let parts = path.split(separator: "/")
        guard path.hasPrefix("/"), !path.utf8.contains(0), let name = parts.last, name != "..", !path.hasSuffix("/")
        else {
            throw DriverError(.refused, "cannot \(action): '\(path)' is not the absolute path of a file")
        }
        self.path = path
        folder = "/" + parts.dropLast().joined(separator: "/")
        partialPath = "\(folder)/.\(name).partial"
        remove()
    }

    /// Removes what is unfinished; what is finished stays.
    func remove() { unlink(partialPath) }

    /// Gives the file its name, once its content is on the disk.
    func publish(_ action: String) throws(DriverError) {
        let failure = { (cause: Int32) in
            DriverError(
                .broken,
                "cannot \(action): the file can't be finished",
                cause: String(cString: strerror(cause))
            )
        }
        guard synchronize(partialPath) else { throw failure(errno) }
        guard rename(partialPath, path) == 0, synchronize(folder) else { throw failure(errno) }
    }

    private func synchronize(_ path: String) -> Bool {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return false }
        defer { close(file) }
        return fsync(file) == 0
    }
}
