internal import Glibc
internal import Synchronization

/// The identity of a file, regardless of its path.
package struct FileIdentity: Sendable, Hashable, CustomStringConvertible {
    private let device: UInt64
    private let inode: UInt64
    /// The number of the file's names (hard links).
    package let links: Int

    fileprivate init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        links = Int(status.st_nlink)
    }

    /// The identity of the file at `path`; `nil` if there is none, or it can't be found out.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Whether both are the same file.
    package static func == (left: Self, right: Self) -> Bool {
        (left.device, left.inode) == (right.device, right.inode)
    }

    /// The device and the inode, which no two files that are open at the same time have in common.
    package var description: String { "\(device)/\(inode)" }

    /// Feeds the file's device and inode to `hasher`.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(device)
        hasher.combine(inode)
    }
}

/// An open file in which this process locks bytes.
///
/// SQLite's locks belong to the process, and the kernel drops them when the process closes any descriptor of the file.
/// Descriptors are therefore closed only when no other part of this process uses the file; until then they are kept for
/// reuse.
final class LockFile: Sendable {
    let path: String
    let identity: FileIdentity
    let descriptor: Int32
    private let isWritable: Bool

    private struct Shared {
        var users = 0
        var unused: [(descriptor: Int32, isWritable: Bool)] = []
    }
    private static let shared = Mutex<[FileIdentity: Shared]>([:])

    /// Opens the file at `path`.
    ///
    /// - Parameter isWritable: whether to open the file for writing as well, and to create it if necessary, for this
    ///   user only.
    init(path: String, isWritable: Bool) throws(OwnerLockError) {
        self.path = path
        self.isWritable = isWritable
        (descriptor, identity) = try Self.shared.withLock { shared throws(OwnerLockError) in
            if let known = FileIdentity(path: path),
                let index = shared[known]?.unused.firstIndex(where: { $0.isWritable == isWritable }),
                let descriptor = shared[known]?.unused.remove(at: index).descriptor
            {
                shared[known]?.users += 1
                return (descriptor, known)
            }
            let (descriptor, identity) = try Self.open(path, isWritable)
            shared[identity, default: Shared()].users += 1
            return (descriptor, identity)
        }
    }

    /// Waits until the byte can be locked for this process alone.
    func lock(_ byte: Int64) throws(OwnerLockError) {
        do throws(FileLockError) {
            try FileLock(from: byte).set(F_WRLCK, in: descriptor)
        } catch {
            throw OwnerLockError(path: path, number: error.number)
        }
    }

    /// Locks the byte for this process alone if that can be done at once, and returns whether it was.
    func lockAtOnce(_ byte: Int64) -> Bool { FileLock(from: byte).setAtOnce(in: descriptor) }

    func unlock(_ byte: Int64) { try? FileLock(from: byte).set(F_UNLCK, in: descriptor) }

    deinit {
        try? FileLock(from: 0, length: 0).set(F_UNLCK, in: descriptor)
        Self.shared.withLock { shared in
            guard var file = shared.removeValue(forKey: identity) else { return }
            file.users -= 1
            file.unused.append((descriptor, isWritable))
            if file.users > 0 {
                shared[identity] = file
            } else {
                for unused in file.unused { close(unused.descriptor) }
            }
        }
    }

    private static func open(_ path: String, _ isWritable: Bool) throws(OwnerLockError) -> (Int32, FileIdentity) {
        let flags = (isWritable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        var descriptor = Glibc.open(path, flags)
        if descriptor < 0, errno == ENOENT, isWritable {
            descriptor = Glibc.open(path, flags | O_CREAT | O_EXCL, 0o600)
            // The process's file mask may have removed permissions.
            if descriptor >= 0 {
                fchmod(descriptor, 0o600)
            } else if errno == EEXIST {
                // Another process has created the file in the meantime.
                descriptor = Glibc.open(path, flags)
            }
        }
        guard descriptor >= 0 else { throw OwnerLockError(path: path, number: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw OwnerLockError(path: path, number: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw OwnerLockError(path: path, problem: "it is not a regular file")
        }
        return (descriptor, FileIdentity(status))
    }
}
