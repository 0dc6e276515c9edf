import Foundation
import Identity
import RBDDriver
import TestKit
import Testing
import VolumeDriver

/// Volumes of the cluster, served to clients that know nothing of Ceph.
@Suite(.needsCluster, .scratchDirectory)
struct ExportTests {
    let volume = VolumeID.random()
    let size = ByteCount(bytes: 16 << 20) ?? .zero

    @Test func `an exported volume is read and written over NBD, and keeps what was written`() async throws {
        let driver = try Cluster.driver()
        try await driver.create(volume, size: size, operation: .random())
        let export = try await driver.export(volume, as: .nbd, operation: .random())
        #expect(try await Cluster.tool("nbdinfo", "--size", export.uri) == "16777216\n")
        let (original, copy) = (ScratchDirectory.path + "/original", ScratchDirectory.path + "/copy")
        let content = Data((0..<(16 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 37 ^ $0 >> 10) })
        try content.write(to: URL(filePath: original))
        try await Cluster.tool("nbdcopy", "--flush", original, export.uri)
        try await driver.unexport(volume, operation: .random())
        let again = try await driver.export(volume, as: .nbd, operation: .random())
        try await Cluster.tool("nbdcopy", again.uri, copy)
        #expect(try Data(contentsOf: URL(filePath: copy)) == content)
        try await driver.unexport(volume, operation: .random())
        try await driver.delete(volume, operation: .random())
    }

    @Test func `a read-only export refuses writes, and the next one does not`() async throws {
        let driver = try Cluster.driver()
        try await driver.create(volume, size: size, operation: .random())
        let export = try await driver.export(volume, as: .nbd, isReadOnly: true, operation: .random())
        #expect(export.isReadOnly)
        #expect(try await driver.export(of: volume) == export)
        let zeros = ScratchDirectory.path + "/zeros"
        try Data(count: 16 << 20).write(to: URL(filePath: zeros))
        await #expect(throws: (any Error).self) { try await Cluster.tool("nbdcopy", zeros, export.uri) }
        let error = await #expect(throws: DriverError.self) {
            try await driver.export(volume, as: .nbd, operation: .random())
        }
        #expect(error?.code == .refused)
        try await driver.unexport(volume, operation: .random())
        let writable = try await driver.export(volume, as: .nbd, operation: .random())
        #expect(!writable.isReadOnly)
        try await Cluster.tool("nbdcopy", "--flush", zeros, writable.uri)
        try await driver.unexport(volume, operation: .random())
        try await driver.delete(volume, operation: .random())
    }

    @Test func `an exported volume can't be deleted or reverted, and the error names its users`() async throws {
        let driver = try Cluster.driver()
        let snapshot = SnapshotID.random()
        try await driver.create(volume, size: size, operation: .random())
        try await driver.createSnapshot(snapshot, of: volume, operation: .random())
        _ = try await driver.export(volume, as: .nbd, operation: .random())
        let revert = await #expect(throws: DriverError.self) {
            try await driver.revert(volume, to: snapshot, operation: .random())
        }
        #expect(revert?.code == .busy)
        try await driver.deleteSnapshot(snapshot, of: volume, operation: .random())
        let delete = await #expect(throws: DriverError.self) { try await driver.delete(volume, operation: .random()) }
        #expect(delete?.code == .busy)
        #expect(delete?.cause?.contains(/client\.[0-9]+ at 127\.0\.0\.1:0\/[0-9]+ has it open/) == true)
        try await driver.unexport(volume, operation: .random())
        try await driver.delete(volume, operation: .random())
        #expect(try await driver.inspect(volume) == .absent)
    }
}
