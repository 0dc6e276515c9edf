import CLinux
import Glibc
import SystemPackage

/// An open file or directory, closed when its holder is gone.
///
/// The calls are those of Glibc under the types of swift-system, whose own throw `any Error`.
struct OpenFile: ~Copyable, Sendable {
    let descriptor: FileDescriptor

    /// Opens what is at an absolute path.
    init(
        _ path: String,
        _ access: FileDescriptor.AccessMode,
        _ options: FileDescriptor.OpenOptions = []
    ) throws(Errno) {
        try self.init(path, relativeTo: AT_FDCWD, access, options)
    }

    /// Never follows a symbolic link at the end of `path`, and never leaks into programs that are started.
    private init(
        _ path: String,
        relativeTo directory: CInt,
        _ access: FileDescriptor.AccessMode,
        _ options: FileDescriptor.OpenOptions
    ) throws(Errno) {
        let flags = options.union([.noFollow, .closeOnExec]).rawValue | access.rawValue
        let permissions = FilePermissions.ownerReadWrite.rawValue
        // Who looks whether others have a file open has a lease on it for a moment.
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

    /// What it is, now.
    func status() throws(Errno) -> Stat { try Stat(descriptor) }

    /// Makes it `size` long without writing to it.
    func resize(to size: Int64) throws(Errno) {
        _ = try systemCall { ftruncate(descriptor.rawValue, off_t(size)) }
    }

    /// Waits until it is on the disk.
    func synchronize() throws(Errno) {
        _ = try systemCall { fsync(descriptor.rawValue) }
    }

    /// Waits until nobody else has it locked. The kernel unlocks it when it is closed, however that comes about.
    func lock() throws(Errno) {
        _ = try systemCall { flock(descriptor.rawValue, LOCK_EX) }
    }

    /// Whether it is locked now, for the asking process alone.
    func tryToLock() throws(Errno) -> Bool {
        do throws(Errno) {
            _ = try systemCall { flock(descriptor.rawValue, LOCK_EX | LOCK_NB) }
            return true
        } catch {
            guard error == .wouldBlock else { throw error }
            return false
        }
    }

    /// Whether QEMU has it open for whatever purpose, in any process: it locks some of these bytes for as long.
    func isOpenInQEMU() throws(Errno) -> Bool {
        var lock = Glibc.flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        (lock.l_start, lock.l_len) = (100, 164)
        _ = try systemCall { fcntl(descriptor.rawValue, clinux_f_ofd_getlk, &lock) }
        return lock.l_type != Int16(F_UNLCK)
    }

    /// Takes space for its first `size` bytes without making it larger.
    func allocate(_ size: Int64) throws(Errno) {
        _ = try systemCall { fallocate(descriptor.rawValue, FALLOC_FL_KEEP_SIZE, 0, off_t(size)) }
    }

    /// Up to `count` bytes from `offset`; fewer at the end.
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

    /// The closures of the standard library's arrays can't throw what they declare.
    private func result(_ call: () -> Int) -> Result<Int, Errno> {
        Result { () throws(Errno) in try systemCall(call) }
    }

    /// A path that leads to this very file, also for other processes of this user while it is open.
    var path: String { "/proc/\(getpid())/fd/\(descriptor.rawValue)" }

    /// Its first bytes, up to `limit`, as one call gives them: all that an attribute in `/sys` needs.
    func text(upTo limit: Int) throws(Errno) -> String {
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = try systemCall { Glibc.read(descriptor.rawValue, &bytes, limit) }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}

/// What can be asked of a directory. A name is looked up in the directory that was opened, whatever its path has
/// become since.
extension OpenFile {
    /// Opens the file `name`.
    func open(
        _ name: String,
        _ access: FileDescriptor.AccessMode,
        _ options: FileDescriptor.OpenOptions
    ) throws(Errno) -> OpenFile {
        try OpenFile(name, relativeTo: descriptor.rawValue, access, options)
    }

    /// What `name` is, without following it; `nil` when there is nothing.
    func status(of name: String) throws(Errno) -> Stat? {
        do throws(Errno) {
            return try Stat(FilePath(name), relativeTo: descriptor, flags: .symlinkNoFollow)
        } catch {
            guard error == .noSuchFileOrDirectory else { throw error }
            return nil
        }
    }

    /// Removes `name`, which is not a directory; that it is not there is success.
    func remove(_ name: String) throws(Errno) {
        do throws(Errno) {
            _ = try systemCall { unlinkat(descriptor.rawValue, name, 0) }
        } catch {
            guard error == .noSuchFileOrDirectory else { throw error }
        }
    }

    /// Gives the file `name` another name.
    ///
    /// - Parameter isReplacing: whether it takes the place of a file that has the name; else that is `fileExists`.
    func rename(_ name: String, to newName: String, isReplacing: Bool = false) throws(Errno) {
        let flags = isReplacing ? 0 : clinux_rename_noreplace
        let directory = descriptor.rawValue
        _ = try systemCall { renameat2(directory, name, directory, newName, flags) }
    }

    /// Every name in it, in no order.
    func names() throws(Errno) -> [String] {
        // A descriptor of its own, as reading moves it and `closedir` closes it.
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

    /// The figures of the file system that it is on.
    func fileSystem() throws(Errno) -> statvfs {
        var figures = statvfs()
        _ = try systemCall { fstatvfs(descriptor.rawValue, &figures) }
        return figures
    }
}
