internal import Glibc

/// An open directory of a store, with the calls that make its files durable.
final class Folder: Sendable {
    let path: String
    private let descriptor: Int32
    private let observer: DiskObserver?

    /// Opens the directory at `path`, or creates it with access only for this user.
    ///
    /// - Parameter observer: called before each step of a change.
    init(_ path: String, observer: DiskObserver?) throws(DirectoryError) {
        self.path = path
        self.observer = observer
        observer?()
        let isNew = mkdir(path, 0o700) == 0
        guard isNew || errno == EEXIST else {
            descriptor = -1
            throw DirectoryError(errno, path)
        }
        descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw DirectoryError(errno, path) }
        do throws(DirectoryError) {
            // Also for an existing directory: the process that created it may have died before it could do this.
            try synchronize("..")
        } catch {
            if isNew { throw error }
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The path of a file in the directory.
    func path(of name: String) -> String { path + "/" + name }

    /// The names in the directory, in no particular order.
    func names() throws(DirectoryError) -> [String] {
        // A separate descriptor, since reading moves its offset and `closedir` closes it.
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else { throw DirectoryError(errno, path) }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0  // The only difference between the end and a failure.
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw DirectoryError(errno, path) }
        return names
    }

    /// Reads a whole file; `nil` if there is none.
    func read(_ name: String) throws(DirectoryError) -> [UInt8]? {
        // Doesn't follow a symbolic link, and doesn't wait if the name belongs to a pipe.
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw DirectoryError(errno, path(of: name))
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw DirectoryError(errno, path(of: name)) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw DirectoryError(.damaged, path(of: name), "it is not a regular file")
        }
        var (bytes, count) = ([UInt8](repeating: 0, count: Int(status.st_size) + 1), 0)
        while true {
            let result = bytes.withUnsafeMutableBytes {
                Glibc.read(file, $0.baseAddress?.advanced(by: count), $0.count - count)
            }
            if result < 0, errno == EINTR { continue }
            guard result >= 0 else { throw DirectoryError(errno, path(of: name)) }
            if result == 0 { return Array(bytes.prefix(count)) }
            count += result
            if count == bytes.count { bytes += [UInt8](repeating: 0, count: bytes.count) }
        }
    }

    /// Replaces a file atomically. Durable after ``synchronize()``.
    func put(_ name: String, _ bytes: [UInt8]) throws(DirectoryError) {
        let fresh = Self.unfinished(name)
        observer?()
        let file = openat(descriptor, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw DirectoryError(errno, path(of: fresh)) }
        defer { close(file) }
        observer?()
        var written = 0
        while written < bytes.count {
            let result = bytes.withUnsafeBytes {
                write(file, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if result < 0, errno == EINTR { continue }
            guard result >= 0 else { throw DirectoryError(errno, path(of: fresh)) }
            written += result
        }
        observer?()
        guard fsync(file) == 0 else { throw DirectoryError(errno, path(of: fresh)) }
        observer?()
        guard renameat(descriptor, fresh, descriptor, name) == 0 else { throw DirectoryError(errno, path(of: name)) }
    }

    /// Removes a file; succeeds if there is none. Durable after ``synchronize()``.
    func remove(_ name: String) throws(DirectoryError) {
        observer?()
        guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else { throw DirectoryError(errno, path(of: name)) }
    }

    /// Removes the unfinished files of processes that died while they wrote.
    func removeUnfinished() throws(DirectoryError) {
        for name in try names() where Self.isUnfinished(name) { try remove(name) }
    }

    /// Waits until the directory's entries are on the disk.
    func synchronize() throws(DirectoryError) { try synchronize(".") }

    private func synchronize(_ name: String) throws(DirectoryError) {
        observer?()
        let directory = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw DirectoryError(errno, path) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw DirectoryError(errno, path) }
    }

    private static func unfinished(_ name: String) -> String { ".\(name).new" }

    static func isUnfinished(_ name: String) -> Bool { name.hasPrefix(".") && name.hasSuffix(".new") }
}

/// Called before each step that changes the file system, for tests that stop the process there.
package typealias DiskObserver = @Sendable () -> Void
