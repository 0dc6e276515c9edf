import Glibc
import SystemPackage

/// Makes a system call, repeating it after interruptions by signals, and throws other errors.
func systemCall<Value: SignedInteger>(_ call: () -> Value) throws(Errno) -> Value {
    while true {
        let result = call()
        if result >= 0 { return result }
        let error = Errno(rawValue: errno)
        if error != .interrupted { throw error }
    }
}
