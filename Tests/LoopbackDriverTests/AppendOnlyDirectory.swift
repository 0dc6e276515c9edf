import Foundation
import Glibc
import Testing

/// Whether removal can be forbidden in a directory: root can do that on most file systems.
let canForbidRemoval: Bool = {
    guard isRoot else { return false }
    let probe = FileManager.default.temporaryDirectory.path + "/append-only-\(UUID())"
    guard mkdir(probe, 0o700) == 0 else { return false }
    defer { rmdir(probe) }
    return setAppendOnly(true, probe) && setAppendOnly(false, probe)
}()

/// Sets or clears the attribute of `chattr +a`.
func setAppendOnly(_ isAppendOnly: Bool, _ directory: String) -> Bool {
    // From <linux/fs.h>, which Glibc does not have.
    let (getFlags, setFlags, appendOnly): (UInt, UInt, CInt) = (0x8008_6601, 0x4008_6602, 0x20)
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(descriptor) }
    var flags: CInt = 0
    guard ioctl(descriptor, getFlags, &flags) == 0 else { return false }
    flags = isAppendOnly ? flags | appendOnly : flags & ~appendOnly
    return ioctl(descriptor, setFlags, &flags) == 0
}
