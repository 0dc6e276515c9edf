import Foundation
import Identity
import LoopbackDriver
import TestKit
import Testing
import VolumeDriver

@Suite(.scratchDirectory)
struct MarkTests {
    private let volume = VolumeID.random()
    private var path: String { ScratchDirectory.path + "/mounts/pool" }
    private var mark: String { path + "/.volumectl-pool" }
    private var driver: LoopbackDriver { LoopbackDriver(directory: path) }

    /// A driver that is bound to the pool, which has a volume.
    private func bound() async throws -> LoopbackDriver {
        let bound = driver.bound(to: try await driver.markPool(as: .random()))
        try await bound.create(volume, size: mebibytes(1), operation: .random())
        return bound
    }

    @Test func `the mark is a file with the id, and nothing is left beside it`() async throws {
        let id = PoolID.random()
        #expect(try await driver.markPool(as: id) == id)
        #expect(try read(mark) == "\(id)\n")
        #expect(try names(in: path) == [".volumectl-pool"])
    }

    @Test func `a mark whose writing was cut short counts as none`() async throws {
        try makeDirectory(path)
        try write("0123", to: mark + ".partial")
        #expect(try await driver.poolID() == nil)
        let id = PoolID.random()
        #expect(try await driver.markPool(as: id) == id)
        #expect(try names(in: path) == [".volumectl-pool"])
    }

    @Test func `a volume whose pool is not mounted is neither deleted nor made in the bare mount point`() async throws {
        let bound = try await bound()
        try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
        try makeDirectory(path)
        let deletion = await #expect(throws: DriverError.self) {
            try await bound.delete(volume, operation: .random())
        }
        let creation = await #expect(throws: DriverError.self) {
            try await bound.create(.random(), size: mebibytes(1), operation: .random())
        }
        for error in [deletion, creation] {
            #expect(error?.code == .foreignPool)
            #expect(error?.remedy?.contains("mount") == true)
        }
        #expect(try names(in: path).isEmpty)
        #expect(try names(in: path + ".away").contains("volume-\(volume)"))
    }

    @Test func `the missing directory of a marked pool is not created`() async throws {
        let bound = try await bound()
        try FileManager.default.removeItem(atPath: path)
        let error = await #expect(throws: DriverError.self) {
            try await bound.create(volume, size: mebibytes(1), operation: .random())
        }
        #expect(error?.code == .foreignPool)
        #expect(!exists(path))
    }

    @Test(arguments: ["", "\n", "no id\n", "6f1c0a8e-5a0b-4c6e-9a57-0d6c1b7f2e44"])
    func `a damaged mark is reported, and is not taken for another pool's`(content: String) async throws {
        let bound = try await bound()
        try write(content, to: mark)
        let error = await #expect(throws: DriverError.self) { try await driver.poolID() }
        #expect(error?.code == .broken)
        await #expect(throws: DriverError.self) { try await driver.markPool(as: .random()) }
        await #expect(throws: DriverError.self) { try await bound.delete(volume, operation: .random()) }
        #expect(try read(mark) == content)
        #expect(exists("\(path)/volume-\(volume)"))
    }

    @Test func `two pools on one file system report the same backing`() async throws {
        let other = LoopbackDriver(directory: ScratchDirectory.path + "/other")
        let (left, right) = (try await driver.capacity().backing, try await other.capacity().backing)
        #expect(left != nil && left == right)
    }

    @Test(.enabled(if: canMount, "needs root, to mount"))
    func `pools on two file systems report different backings`() async throws {
        try makeDirectory(ScratchDirectory.path + "/tmpfs")
        let system = try MemoryFileSystem(at: ScratchDirectory.path + "/tmpfs", options: "size=2m,mode=0700")
        defer { system.unmount() }
        let other = LoopbackDriver(directory: ScratchDirectory.path + "/tmpfs/pool")
        #expect(try await driver.capacity().backing != other.capacity().backing)
    }
}
