import Foundation
import Glibc
import Subprocess
import SystemPackage
import TestKit
import Testing

/// A test's own file system, in a file, mounted in the scratch directory.
struct FileSystem {
    let path: String
    private let device: LoopDevice

    /// The options of `mkfs`, and the minimum size in MiB.
    private static let kinds: [String: (options: [String], mebibytes: Int64)] = [
        "xfs": (["-q", "-f"], 512), "btrfs": (["-q", "-f"], 384), "ext4": (["-q", "-F"], 256),
    ]

    /// Whether this machine can make and mount such a file system.
    static func isAvailable(_ kind: String) -> Bool {
        let known = (try? read("/proc/filesystems").split(whereSeparator: \.isWhitespace).map(String.init)) ?? []
        return canBindLoopDevices && known.contains(kind) && tool(kind) != nil
    }

    /// The reason for skipping a test.
    static func needs(_ kind: String) -> Comment {
        "needs root, loop devices, \(kind) in the kernel and mkfs.\(kind): Scripts/install-dependencies xfsprogs btrfs-progs"
    }

    private static func tool(_ kind: String) -> String? {
        ["/usr/sbin", "/sbin", "/usr/bin"].map { "\($0)/mkfs.\(kind)" }.first { access($0, X_OK) == 0 }
    }

    init(_ kind: String) async throws {
        let (options, mebibytes) = try #require(Self.kinds[kind])
        let (image, path) = (ScratchDirectory.path + "/\(kind).img", ScratchDirectory.path + "/\(kind)")
        try write("", to: image)
        try #require(truncate(image, off_t(mebibytes << 20)) == 0)
        let result = try await Subprocess.run(
            .path(FilePath(try #require(Self.tool(kind)))),
            arguments: Arguments(options + [image]),
            output: .discarded,
            error: .string(limit: 4096)
        )
        try #require(result.terminationStatus.isSuccess, "\(result.standardError)")
        try makeDirectory(path)
        device = try LoopDevice(backedBy: image)
        guard mount(device.path, path, kind, 0, nil) == 0 else {
            let reason = String(cString: strerror(errno))
            device.release()
            throw CocoaError(.fileWriteUnknown, userInfo: [NSDebugDescriptionErrorKey: "\(kind): \(reason)"])
        }
        self.path = path
        chmod(path, 0o700)
    }

    /// The free space in bytes, after a sync.
    var free: Int64 {
        sync()
        var figures = statvfs()
        statvfs(path, &figures)
        return Int64(figures.f_bfree * figures.f_frsize)
    }

    func unmount() {
        // Programs that inspect new file systems may keep it busy for a moment.
        #expect((1...12_000).contains { _ in umount(path) == 0 || usleep(50_000) != 0 })
        device.release()
    }
}
