import Glibc
import Testing

/// A small file system in memory, mounted on a directory.
struct MemoryFileSystem {
    private let path: String

    init(at path: String, options: String, flags: UInt = 0) throws {
        try #require(mount("tmpfs", path, "tmpfs", flags, options) == 0)
        self.path = path
    }

    func unmount() { #expect(umount(path) == 0) }
}
