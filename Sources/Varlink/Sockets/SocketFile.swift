internal import CLinux
internal import Glibc

/// The file by which clients find a socket.
final class SocketFile: Sendable {
    private let directory: Descriptor
    private let path: String
    private let name: String
    private let identity: Identity

    private struct Identity: Equatable {
        let device: UInt64
        let inode: UInt64

        init(_ status: stat) { (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino)) }
    }

    /// Creates the file under another name, and gives it its own one when it is ready.
    ///
    /// - Parameter beforeExchange: is called when a dead socket has been found; for tests of what others do then.
    init(
        binding socket: Descriptor,
        at path: String,
        mode: UInt32,
        beforeExchange: () -> Void = {}
    ) throws(VarlinkError) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let last = parts.last, !["", ".", ".."].contains(last) else {
            throw VarlinkError(.cannotListen, "cannot listen on the socket '\(path)': it names no file")
        }
        let parent = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/") + "/"
        let number = open(parent, clinux_o_path | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else {
            throw Self.failure(path, errno, advice: "create the directory '\(parent)'")
        }
        directory = Descriptor(owning: number)
        name = String(last)
        self.path = path
        let draft = ".\(getpid())-\(socket.number).socket"
        unlinkat(number, draft, 0)
        // The directory's path may leave no room for the other name.
        let bound = SocketAddress.with("/proc/self/fd/\(number)/\(draft)") { bind(socket.number, $0, $1) }
        guard bound == 0 else { throw Self.failure(path, errno) }
        var status = stat()
        guard fchmodat(number, draft, mode, 0) == 0, fstatat(number, draft, &status, AT_SYMLINK_NOFOLLOW) == 0,
            listen(socket.number, SOMAXCONN) == 0
        else {
            let failure = errno
            unlinkat(number, draft, 0)
            throw Self.failure(path, failure)
        }
        identity = Identity(status)
        do throws(VarlinkError) {
            try publish(draft, beforeExchange)
        } catch {
            unlinkat(number, draft, 0)
            throw error
        }
    }

    private static func failure(_ path: String, _ number: Int32, advice: String? = nil) -> VarlinkError {
        VarlinkError(.cannotListen, "cannot listen on the socket '\(path)'", errno: number, advice: advice)
    }

    /// Gives the file its name. What has that name is exchanged for it only if it is a dead socket, and put back if it
    /// has become another one meanwhile: two processes that start at the same time don't take the socket from each
    /// other.
    private func publish(_ draft: String, _ beforeExchange: () -> Void) throws(VarlinkError) {
        while true {
            if rename(draft, clinux_rename_noreplace) { return }
            guard errno == EEXIST else { throw Self.failure(path, errno) }
            guard let dead = try findDeadSocket() else { continue }
            beforeExchange()
            guard rename(draft, clinux_rename_exchange) else {
                guard errno == ENOENT else { throw Self.failure(path, errno) }
                continue
            }
            var status = stat()
            if fstatat(directory.number, draft, &status, AT_SYMLINK_NOFOLLOW) == 0, Identity(status) == dead {
                unlinkat(directory.number, draft, 0)
                return
            }
            _ = rename(draft, clinux_rename_exchange)
        }
    }

    private func rename(_ draft: String, _ flags: UInt32) -> Bool {
        renameat2(directory.number, draft, directory.number, name, flags) == 0
    }

    /// Looks at what has the name.
    ///
    /// - Returns: the socket that may be replaced; `nil` if there is nothing any more.
    private func findDeadSocket() throws(VarlinkError) -> Identity? {
        var status = stat()
        guard fstatat(directory.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            guard errno == ENOENT else { throw Self.failure(path, errno) }
            return nil
        }
        guard status.st_mode & S_IFMT == S_IFSOCK, status.st_uid == geteuid() else {
            throw VarlinkError(
                .cannotListen,
                "cannot listen on the socket '\(path)': there is something that is no socket of this user's",
                advice: "remove it (`ls -l \(path)`), or take another path"
            )
        }
        let probe = try SocketAddress.makeSocket(.cannotListen)
        let address = "/proc/self/fd/\(directory.number)/\(name)"
        let isConnected = SocketAddress.with(address) { connect(probe.number, $0, $1) } == 0
        guard !isConnected, errno == ECONNREFUSED else {
            if !isConnected, errno == ENOENT { return nil }
            throw VarlinkError(
                .cannotListen,
                "cannot listen on the socket '\(path)': another process does",
                advice: "end that process, or take another path"
            )
        }
        return Identity(status)
    }

    /// Removes the file, if it is still the socket's. Idempotent.
    func remove() {
        var status = stat()
        guard fstatat(directory.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0, Identity(status) == identity else {
            return
        }
        unlinkat(directory.number, name, 0)
    }
}
