import DriverKit
import Foundation
import TestKit
import VolumeDriver

/// Reads and writes images past the driver, as a virtual machine does.
struct DirectContent: ContentAccess {
    func write(_ bytes: [UInt8], at offset: Int64, to volume: VolumeID, of driver: any VolumeDriver) async throws {
        let file = try scratchFile()
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(bytes).write(to: file)
        let command = "write -s \(file.path) \(offset) \(bytes.count)"
        try await Cluster.tool("qemu-io", "-f", "raw", "-c", command, Self.image(volume))
    }

    func read(
        _ count: Int,
        at offset: Int64,
        of volume: VolumeID,
        of driver: any VolumeDriver
    ) async throws -> [UInt8] {
        let file = try scratchFile()
        defer { try? FileManager.default.removeItem(at: file) }
        let (block, first) = (4096, Int(offset) / 4096)
        let blocks = (Int(offset) + count + block - 1) / block - first
        let range = ["bs=\(block)", "skip=\(first)", "count=\(first + blocks)"]
        try await Cluster.run(
            "qemu-img",
            ["dd", "-f", "raw", "-O", "raw"] + range + ["if=\(Self.image(volume))", "of=\(file.path)"]
        )
        let start = Int(offset) - first * block
        return Array(try Data(contentsOf: file).dropFirst(start).prefix(count))
    }

    private static func image(_ volume: VolumeID) -> String {
        "rbd:volumes/\(volume.backendName):id=volumes:conf=\(Cluster.configuration ?? "")"
    }

    private func scratchFile() throws -> URL {
        URL(filePath: ScratchDirectory.path).appending(path: "content-\(UUID().uuidString)")
    }
}
