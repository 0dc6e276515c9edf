internal import Foundation

/// QEMU's tools, which transfer images. They read and write RBD without the kernel.
enum QEMU {
    /// The packages of the tools and of their RBD support.
    static let package = "qemu-utils and qemu-block-extra"

    /// Whether QEMU's RBD support is installed, which is a separate package in Debian.
    static var canReadRBD: Bool {
        let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"]
        return folders.contains { FileManager.default.fileExists(atPath: "\($0)/qemu/block-rbd.so") }
            || folders.contains { FileManager.default.fileExists(atPath: "\($0)/qemu-kvm/block-rbd.so") }
    }
}
