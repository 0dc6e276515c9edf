import CLinux
import Glibc
import SystemPackage

/// An open file or directory, which is closed when the value ends.
///
/// The calls are Glibc's with the types of swift-system, whose own calls throw `any Error`.
struct OpenFile: ~Copyable, Sendable {
    let descriptor: FileDescriptor

    /// Opens an absolute path.
    init(
        _ path: String,
        _ access: FileDescriptor.AccessMode,
        _ options: FileDescriptor.OpenOptions = []
    ) throws(Errno) {
        try self.init(path, relativeTo: AT_FDCWD, access, options)
    }

    /// Never follows a symbolic link at the end of `path`, and is not inherited by programs.
    private init(
        _ path: String,
        relativeTo directory: CInt,
        _ access: FileDescriptor.AccessMode,
        _ options: FileDescriptor.OpenOptions
    ) throws(Errno) {
        let flags = options.union([.noFollow, .closeOnExec]).rawValue | access.rawValue
        let permissions = FilePermissions.ownerReadWrite.rawValue
        // A call that checks whether other programs have a file open holds a lease on it for a moment.
        for _ in 1...1000 {
            do throws(Errno) {
                let opened = try systemCall { openat(directory, path, flags, permissions) }
                descriptor = FileDescriptor(rawValue: opened)
                return
            } catch {
                guard error == .wouldBlock else { throw error }
                usleep(1000)
            }
        }
        throw Errno.wouldBlock
    }

    deinit { try? descriptor.close() }

    /// Returns the current state.
    func status() throws(Errno) -> Stat { try Stat(descriptor) }

    /// Sets the length without writing.
    func resize(to size: Int64) throws(Errno) {
        _ = try systemCall { ftruncate(descriptor.rawValue, off_t(size)) }
    }

    /// Waits until the content is on the disk.
    func synchronize() throws(Errno) {
        _ = try systemCall { fsync(descriptor.rawValue) }
    }

    /// Locks the file, waiting for others. Closing it, in any way, unlocks it.
    func lock() throws(Errno) {
        _ = try systemCall { flock(descriptor.rawValue, LOCK_EX) }
    }

    /// Tries to lock the file for this process.
    func tryToLock() throws(Errno) -> Bool {
        do throws(Errno) {
            _ = try systemCall { flock(descriptor.rawValue, LOCK_EX | LOCK_NB) }
            return true
        } catch {
            guard error == .wouldBlock else { throw error }
            return false
        }
    }

    /// Whether any QEMU process has the file open, for which it locks some of these bytes.
    func isOpenInQEMU() throws(Errno) -> Bool {
        var lock = Glibc.flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        (lock.l_start, lock.l_len) = (100, 164)
        _ = try systemCall { fcntl(descriptor.rawValue, clinux_f_ofd_getlk, &lock) }
        return lock.l_type != Int16(F_UNLCK)
    }

    /// Allocates the first `size` bytes without changing the length.
    func allocate(_ size: Int64) throws(Errno) {
        _ = try systemCall { fallocate(descriptor.rawValue, FALLOC_FL_KEEP_SIZE, 0, off_t(size)) }
    }

    /// Reads up to `count` bytes from `offset`; fewer at the end.
    func read(_ count: Int, at offset: Int64) throws(Errno) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let place = off_t(offset) + done
            let more = bytes.withUnsafeMutableBytes { buffer in
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
                return result { pread(descriptor.rawValue, rest.baseAddress, rest.count, place) }
            }
            guard try more.get() > 0 else { break }
            done += try more.get()
        }
        return Array(bytes.prefix(done))
    }

    /// Writes all of `bytes` at `offset`.
    func write(_ bytes: [UInt8], at offset: Int64) throws(Errno) {
        var done = 0
        while done < bytes.count {
            let place = off_t(offset) + done
            let more = bytes.withUnsafeBytes { buffer in
                let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
                return result { pwrite(descriptor.rawValue, rest.baseAddress, rest.count, place) }
            }
            done += try more.get()
        }
    }

    /// The closures of the standard library's arrays can't throw typed errors.
    private func result(_ call: () -> Int) -> Result<Int, Errno> {
        Result { () throws(Errno) in try systemCall(call) }
    }

    /// A path to this very file, valid for all processes of this user while it is open.
    var path: String { "/proc/\(getpid())/fd/\(descriptor.rawValue)" }

    /// The beginning of the file, up to `limit` bytes, from one read, which suffices for attributes in `/sys`.
    func text(upTo limit: Int) throws(Errno) -> String {
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = try systemCall { Glibc.read(descriptor.rawValue, &bytes, limit) }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}

/// Calls on a directory. Names are looked up in the directory that was opened, even if its path leads elsewhere by now.
extension OpenFile {
    /// Opens the file `name` in the directory.
    func open(
        _ name: String,
        _ access: FileDescriptor.AccessMode,
        _ options: FileDescriptor.OpenOptions
    ) throws(Errno) -> OpenFile {
        try OpenFile(name, relativeTo: descriptor.rawValue, access, options)
    }

    /// Returns the state of `name` without following a link; `nil` if it does not exist.
    func status(of name: String) throws(Errno) -> Stat? {
        do throws(Errno) {
            return try Stat(FilePath(name), relativeTo: descriptor, flags: .symlinkNoFollow)
        } catch {
            guard error == .noSuchFileOrDirectory else { throw error }
            return nil
        }
    }

    /// Removes `name`, unless it is a directory. Succeeds if it does not exist.
    func remove(_ name: String) throws(Errno) {
        do throws(Errno) {
            _ = try systemCall { unlinkat(descriptor.rawValue, name, 0) }
        } catch {
            guard error == .noSuchFileOrDirectory else { throw error }
        }
    }

    /// Renames a file.
    ///
    /// - Parameter isReplacing: whether to replace an existing file, which otherwise is the error `fileExists`.
    func rename(_ name: String, to newName: String, isReplacing: Bool = false) throws(Errno) {
        let flags = isReplacing ? 0 : clinux_rename_noreplace
        let directory = descriptor.rawValue
        _ = try systemCall { renameat2(directory, name, directory, newName, flags) }
    }

    /// Returns all names in the directory, in no order.
    func names() throws(Errno) -> [String] {
        // A separate descriptor, because reading moves its position and `closedir` closes it.
        let copy = try systemCall { openat(descriptor.rawValue, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard let stream = fdopendir(copy) else {
            let error = Errno(rawValue: errno)
            _ = close(copy)
            throw error
        }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0  // The end and a failure look the same but for this.
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
                }
            )
            errno = 0
        }
        guard errno == 0 else { throw Errno(rawValue: errno) }
        return names
    }

    /// Returns the figures of the file system.
    func fileSystem() throws(Errno) -> statvfs {
        var figures = statvfs()
        _ = try systemCall { fstatvfs(descriptor.rawValue, &figures) }
        return figures
    }
}
