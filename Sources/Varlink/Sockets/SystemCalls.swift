internal import Glibc

/// What the use of system calls has in common.
enum SystemCalls {
    /// The name of the system's error number.
    static func text(of number: Int32) -> String { String(cString: strerror(number)) }

    /// Repeats a call that a signal has interrupted.
    static func retry<Result: SignedInteger>(_ call: () -> Result) -> Result {
        while true {
            let result = call()
            guard result == -1, errno == EINTR else { return result }
        }
    }
}
