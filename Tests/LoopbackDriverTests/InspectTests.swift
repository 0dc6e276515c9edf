import Glibc
import Identity
import SystemPackage
import TestKit
import Testing
import VolumeDriver

@Suite(.scratchDirectory)
struct InspectTests {
    let volume = VolumeID.random()

    @Test func `a volume is absent, then complete, then absent`() async throws {
        let pool = try Pool()
        #expect(try await pool.driver.inspect(volume) == .absent)
        try await pool.create(volume, bytes: mebibyte)
        #expect(try await pool.driver.inspect(volume) == .complete(try #require(ByteCount(bytes: mebibyte))))
        try await pool.delete(volume)
        #expect(try await pool.driver.inspect(volume) == .absent)
    }

    @Test func `an empty file is a partial volume`() async throws {
        let pool = try Pool()
        try pool.place(volume, bytes: 0)
        #expect(try await pool.driver.inspect(volume) == .partial)
    }

    @Test func `a pool that does not exist is empty, and is not created`() async throws {
        let pool = try Pool(existing: false)
        #expect(try await pool.driver.inspect(volume) == .absent)
        #expect(try await pool.driver.list().isEmpty)
        #expect(!exists(pool.path))
    }

    @Test func `volumes are listed, finished or not`() async throws {
        let pool = try Pool()
        let unfinished = VolumeID.random()
        try await pool.create(volume, bytes: mebibyte)
        try pool.place(unfinished, bytes: 0)
        let size = try #require(ByteCount(bytes: mebibyte))
        #expect(
            Set(try await pool.driver.list()) == [
                BackendVolume(id: volume, presence: .complete(size)),
                BackendVolume(id: unfinished, presence: .partial),
            ]
        )
    }

    @Test func `foreign objects are not listed`() async throws {
        let pool = try Pool()
        let upper = "0B8C7F1E-6A44-4E0F-9C1D-2F3A4B5C6D7E"
        for name in ["volume-x", "volume-", "notes.txt", "volume-\(upper)", "\(volume)", "Volume-\(volume)"] {
            try write("x", to: "\(pool.path)/\(name)")
        }
        for name in ["volume-\(volume).bak", "volume-\(volume) ", " volume-\(volume)", "volume-{\(volume)}"] {
            try write("x", to: "\(pool.path)/\(name)")
        }
        try makeDirectory("\(pool.path)/volume-\(VolumeID.random())")
        try makeDirectory("\(pool.path)/directory")
        #expect(symlink("notes.txt", pool.path(of: .random())) == 0)
        #expect(mkfifo(pool.path(of: .random()), 0o600) == 0)
        #expect(try await pool.driver.list().isEmpty)
    }

    @Test func `a name that is not UTF-8 is not listed`() async throws {
        let pool = try Pool()
        let name = Array("\(pool.path)/volume-".utf8CString.dropLast()) + [-1, -2, 0]
        #expect(close(creat(name, 0o600)) == 0)
        #expect(try await pool.driver.list().isEmpty)
    }

    @Test func `the capacity is that of the file system`() async throws {
        let pool = try Pool(existing: false)
        let capacity = try await pool.driver.capacity()
        #expect(mkdir(pool.path, 0o700) == 0, "a look creates no directory")
        var figures = statvfs()
        try #require(statvfs(pool.path, &figures) == 0)
        #expect(capacity.total.bytes == Int64(figures.f_blocks * figures.f_frsize))
        #expect(capacity.free <= capacity.total)
        #expect(capacity.total > .zero)
    }
}
