internal import Glibc

/// The state of an image file when it was checked or its transfer began, to detect changes since.
///
/// No tool fails when a file is truncated while it is read: some end early, others read zeros.
public struct ImageStamp: Sendable, Hashable, Codable {
    /// The length of the file.
    public let size: ByteCount
    private let path: String
    private let name: String
    private let identity: [Int]

    /// Takes the state of a file.
    ///
    /// - Parameters:
    ///   - path: an absolute path.
    ///   - name: the name of the file in errors; by default its path.
    ///   - action: what the file is needed for, as the words after "cannot" in errors.
    /// - Throws: `notFound` without the file; `refused` if it is not a regular file.
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
                remedy: "name a regular file"
            )
        }
        self.path = path
        self.name = name
        size = ByteCount(bytes: Int64(status.st_size)) ?? .zero
        identity = [
            Int(status.st_dev), Int(status.st_ino), Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
        ]
    }

    /// Verifies that the file has not been written to, truncated or replaced since.
    ///
    /// - Throws: `refused`; the transferred data is useless then.
    public func checkUnchanged(to action: String) throws(DriverError) {
        guard try ImageStamp(of: path, named: name, to: action) != self else { return }
        throw DriverError(
            .refused,
            "cannot \(action): '\(name)' was changed while it was read",
            remedy: "wait until nobody writes to it, and try again"
        )
    }

    /// Verifies that the file is the one that was checked, before it is read.
    ///
    /// - Throws: `refused` if it has been changed, replaced or removed since.
    package func checkStillThere(to action: String) throws(DriverError) {
        let cause: String
        do throws(DriverError) {
            guard try ImageStamp(of: path, named: name, to: action) != self else { return }
            cause = "it was written to or replaced after it was checked"
        } catch {
            cause = error.description
        }
        throw DriverError(
            .refused,
            "cannot \(action): '\(name)' is not the file that was checked",
            cause: cause,
            remedy: "wait until nobody writes to it, and make the request again"
        )
    }
}
