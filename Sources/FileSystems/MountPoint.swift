internal import Glibc
internal import Trust
public import VolumeDriver

/// A directory at which a file system may be mounted.
public struct MountPoint: Sendable, Hashable {
    /// Its absolute path, without symbolic links.
    public let path: String

    /// Makes sure that `path` is a directory that nobody else than root can exchange for another, and that this process may
    /// mount there.
    ///
    /// - Parameter path: an absolute path.
    /// - Throws: `notPermitted` for others than root, or if others could exchange the directory; `refused` if there is no such
    ///   directory.
    public init(checking path: String) throws(DriverError) {
        try Self.requirePermission()
        guard path.hasPrefix("/") else {
            throw DriverError(.refused, "'\(path)' is not an absolute path", remedy: "write it from '/' on")
        }
        do throws(Distrust) {
            self.path = try Trust.resolve(directory: path)
        } catch {
            let isPermission = error.isPermission
            throw DriverError(
                isPermission ? .notPermitted : .refused,
                isPermission ? "nothing is mounted at '\(path)'" : "there is no directory '\(path)'",
                cause: error.description,
                remedy: error.number == ENOENT ? "make it: mkdir -p '\(path)'" : error.remedy
            )
        }
    }

    /// - Throws: `notPermitted` for others than root.
    public static func requirePermission() throws(DriverError) {
        guard geteuid() == 0 else {
            throw DriverError(.notPermitted, "only root can mount and unmount", remedy: "do it as root")
        }
    }
}
