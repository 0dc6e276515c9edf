import Glibc
import Identity
import SystemPackage
import TestKit
import Testing
import VolumeDriver

@Suite(.scratchDirectory)
struct DeleteTests {
    let volume = VolumeID.random()

    @Test(arguments: [0, mebibyte])
    func `a volume is removed, finished or not`(bytes: Int64) async throws {
        let pool = try Pool()
        try pool.place(volume, bytes: bytes)
        try await pool.delete(volume)
        #expect(try pool.names.isEmpty)
    }

    @Test func `only the given volume is removed`() async throws {
        let pool = try Pool()
        let other = VolumeID.random()
        try await pool.create(volume, bytes: mebibyte)
        try await pool.create(other, bytes: mebibyte)
        try await pool.delete(volume)
        #expect(try pool.names == ["volume-\(other)"])
    }

    @Test func `deleting a deleted volume succeeds`() async throws {
        let pool = try Pool()
        try await pool.create(volume, bytes: mebibyte)
        try await pool.delete(volume)
        try await pool.delete(volume)
        #expect(try pool.names.isEmpty)
    }

    @Test func `a volume is not removed before its snapshots, and leaves no trace of them`() async throws {
        let pool = try Pool()
        let (other, snapshot) = (VolumeID.random(), SnapshotID.random())
        let driver = try pool.driver.snapshotting
        for volume in [volume, other] { try await pool.create(volume, bytes: mebibyte) }
        try await driver.createSnapshot(snapshot, of: volume, operation: .random())
        let error = await #expect(throws: DriverError.self) { try await pool.delete(volume) }
        #expect(error?.code == .busy)
        try await pool.delete(other)
        try await driver.deleteSnapshot(snapshot, of: volume, operation: .random())
        try await pool.delete(volume)
        #expect(try pool.names.isEmpty)
    }

    @Test func `a volume can be created again after its deletion`() async throws {
        let pool = try Pool()
        try await pool.create(volume, bytes: mebibyte)
        try await pool.delete(volume)
        try await pool.create(volume, bytes: 2 * mebibyte)
        #expect(try status(pool.path(of: volume)).size == 2 * mebibyte)
    }

    @Test func `in a pool that does not exist every delete succeeds, and the pool is not created`() async throws {
        let pool = try Pool(existing: false)
        try await pool.delete(volume)
        #expect(!exists(pool.path))
    }
}
