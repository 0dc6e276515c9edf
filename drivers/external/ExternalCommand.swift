internal import Glibc
public import VolumeDriver

/// The executable that is a driver, and the arguments that come with it.
public struct ExternalCommand: Sendable, Hashable {
    /// Its absolute path.
    public let path: String
    /// What it is given at every call, such as the place of its pool.
    public let arguments: [String]

    /// - Parameters:
    ///   - path: an absolute path.
    ///   - arguments: what it is given at every call.
    /// - Throws: `refused` if the path isn't absolute, or something holds a zero byte.
    public init(_ path: String, _ arguments: [String] = []) throws(DriverError) {
        guard path.hasPrefix("/"), !([path] + arguments).contains(where: { $0.utf8.contains(0) }) else {
            throw DriverError(
                .refused,
                "cannot use '\(path.printable)' as a driver: not an absolute path, or a zero byte in it or its arguments",
                remedy: "name the executable by its whole path"
            )
        }
        self.path = path
        self.arguments = arguments
    }

    /// Checks, before each call, that there is a file to execute; whether it may be, who executes it checks.
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
