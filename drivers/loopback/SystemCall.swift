import Glibc
import SystemPackage

/// Makes a system call, again when a signal interrupts it, and throws what else it fails with.
func systemCall<Value: SignedInteger>(_ call: () -> Value) throws(Errno) -> Value {
    while true {
        let result = call()
        if result >= 0 { return result }
        let error = Errno(rawValue: errno)
        if error != .interrupted { throw error }
    }
}
