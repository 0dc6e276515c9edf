internal import Glibc
public import VolumeDriver

/// The executable of a driver with its arguments.
public struct ExternalCommand: Sendable, Hashable {
    /// The absolute path.
    public let path: String
    /// The arguments of every call, such as the location of the pool.
    public let arguments: [String]

    /// - Parameters:
    ///   - path: an absolute path.
    ///   - arguments: the arguments of every call.
    /// - Throws: `refused` if the path is not absolute, or the path or an argument contains a zero byte.
    public init(_ path: String, _ arguments: [String] = []) throws(DriverError) {
        guard path.hasPrefix("/"), !([path] + arguments).contains(where: { $0.utf8.contains(0) }) else {
            throw DriverError(
                .refused,
                "cannot use '\(path.printable)' as a driver: not an absolute path, or a zero byte in it or its arguments",
                remedy: "write the absolute path of the executable"
            )
        }
        self.path = path
        self.arguments = arguments
    }

    /// Verifies that the executable exists, before each call. The runner checks its owner and permissions.
    func checkFile() throws(DriverError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw refusal("it can't be found: \(String(cString: strerror(errno)))", "correct the path")
        }
        guard status.st_mode & S_IFMT == S_IFREG, access(path, X_OK) == 0 else {
            throw refusal("it is not a file that may be executed", "chmod +x '\(path)'")
        }
    }

    private func refusal(_ cause: String, _ remedy: String) -> DriverError {
        DriverError(.unavailable, "cannot use '\(path)' as a driver", cause: cause, remedy: remedy)
    }
}
