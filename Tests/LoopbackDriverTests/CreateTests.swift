import Identity
import LoopbackDriver
import SystemPackage
import TestKit
import Testing
import VolumeDriver

@Suite(.scratchDirectory)
struct CreateTests {
    let volume = VolumeID.random()

    @Test(arguments: [4096, 10 * mebibyte, 3 << 40])
    func `a volume is a file of exactly its size that takes no space`(bytes: Int64) async throws {
        let pool = try Pool()
        try await pool.create(volume, bytes: bytes)
        let file = try status(pool.path(of: volume))
        #expect(file.type == .regular)
        #expect(file.size == bytes)
        #expect(file.blocksAllocated * 512 < 65536)
        #expect(file.permissions == .ownerReadWrite)
    }

    @Test func `a volume reads as zeros`() async throws {
        let pool = try Pool()
        try await pool.create(volume, bytes: 8192)
        #expect(try read(pool.path(of: volume)) == String(repeating: "\0", count: 8192))
    }

    @Test func `creating an existing volume succeeds and keeps its content`() async throws {
        let pool = try Pool()
        try await pool.create(volume, bytes: 4096)
        let content = String(repeating: "x", count: 4096)
        try write(content, to: pool.path(of: volume))
        try await pool.create(volume, bytes: 4096)
        #expect(try read(pool.path(of: volume)) == content)
    }

    @Test func `an unfinished volume is completed`() async throws {
        let pool = try Pool()
        try pool.place(volume, bytes: 0)
        try await pool.create(volume, bytes: mebibyte)
        #expect(try status(pool.path(of: volume)).size == mebibyte)
    }

    @Test(arguments: [1, 4096, 2 * mebibyte])
    func `a volume of another size is refused and keeps it`(other: Int64) async throws {
        let pool = try Pool()
        try pool.place(volume, bytes: other)
        let error = await #expect(throws: DriverError.self) { try await pool.create(volume, bytes: mebibyte) }
        #expect(error?.code == .refused)
        #expect(error?.message.contains("has \(other) bytes, not \(mebibyte)") == true)
        #expect(try status(pool.path(of: volume)).size == other)
    }

    @Test(arguments: [0, 1, 4095, 4097, .max])
    func `a size that is not a positive multiple of the allocation unit is refused`(bytes: Int64) async throws {
        let pool = try Pool(existing: false)
        let error = await #expect(throws: DriverError.self) { try await pool.create(volume, bytes: bytes) }
        #expect(error?.code == .refused)
        #expect(error?.message.contains("'\(bytes)'") == true)
        #expect(!exists(pool.path))
    }

    @Test func `a call of a cancelled task runs to its end`() async throws {
        let pool = try Pool()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await pool.create(volume, bytes: mebibyte)
        }
        try await task.value
        #expect(try status(pool.path(of: volume)).size == mebibyte)
    }

    @Test func `a driver reports its properties`() throws {
        let pool = try Pool()
        #expect(LoopbackDriver.kind == "loopback")
        #expect(
            pool.driver.capabilities == DriverCapabilities(isThin: true, granule: try #require(ByteCount(bytes: 4096)))
        )
        #expect(pool.driver.location(of: volume) == pool.path(of: volume))
        #expect(LoopbackDriver(directory: "/srv/").location(of: volume) == "/srv/volume-\(volume)")
    }
}
