import Foundation
import Glibc
import Testing

/// A loop device that is bound to a file.
struct LoopDevice {
    let path: String
    private let backingFileAttribute: String

    // From <linux/loop.h>, which Glibc does not have.
    private static let setFile: UInt = 0x4C00
    private static let clearFile: UInt = 0x4C01
    private static let getFree: UInt = 0x4C82

    init(backedBy file: String) throws {
        let control = open("/dev/loop-control", O_RDWR | O_CLOEXEC)
        let backing = open(file, O_RDWR | O_CLOEXEC)
        defer { for descriptor in [control, backing] { close(descriptor) } }
        // Another process may take the free device first.
        for _ in 1...100 {
            let number = ioctl(control, Self.getFree)
            try #require(number >= 0)
            let device = open("/dev/loop\(number)", O_RDWR | O_CLOEXEC)
            defer { close(device) }
            if ioctl(device, Self.setFile, backing) == 0 {
                path = "/dev/loop\(number)"
                backingFileAttribute = "/sys/block/loop\(number)/loop/backing_file"
                return
            }
        }
        throw CocoaError(.fileWriteUnknown)
    }

    /// Frees the device and waits until the kernel has, which takes a moment while other processes look at it.
    func release() {
        let device = open(path, O_RDWR | O_CLOEXEC)
        _ = ioctl(device, Self.clearFile)
        close(device)
        for _ in 1...60_000 where access(backingFileAttribute, F_OK) == 0 { usleep(10_000) }
    }
}
