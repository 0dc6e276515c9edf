internal import Glibc

/// What an image file was when its transfer began: at the end it tells whether that was all of it.
///
/// A file that becomes shorter while it is read ends early for some tools and reads as zeros for others; none of them fails.
public struct ImageStamp: Sendable, Hashable {
    /// The file's length in bytes.
    public let size: ByteCount
    private let path: String
    private let name: String
    private let identity: [Int]

    /// Looks at the file.
    ///
    /// - Parameters:
    ///   - path: an absolute path.
    ///   - name: what the file is called in errors; its path unless told.
    ///   - action: what is done with it, for errors.
    /// - Throws: `notFound` without the file; `refused` if it isn't a regular one.
    public init(of path: String, named name: String? = nil, to action: String) throws(DriverError) {
        let name = name ?? path
        var status = stat()
        guard stat(path, &status) == 0 else {
            let code: DriverError.Code = [ENOENT, ENOTDIR].contains(errno) ? .notFound : .refused
            throw DriverError(code, "cannot \(action): no file '\(name)'", cause: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw DriverError(
                .refused,
                "cannot \(action): '\(name)' is not a regular file",
                remedy: "name the file itself"
            )
        }
        self.path = path
        self.name = name
        size = ByteCount(bytes: Int64(status.st_size)) ?? .zero
        identity = [
            Int(status.st_dev), Int(status.st_ino), Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
        ]
    }

    /// Fails if the file has been written to, cut or replaced since.
    ///
    /// - Throws: `refused`; what has been transferred is of no use then.
    public func checkUnchanged(to action: String) throws(DriverError) {
        guard try ImageStamp(of: path, named: name, to: action) != self else { return }
        throw DriverError(
            .refused,
            "cannot \(action): '\(name)' was changed while it was read",
            remedy: "wait until nobody writes to it, and try again"
        )
    }
}
