import Glibc
import Identity
import LoopbackDriver
import SystemPackage
import TestKit
import Testing
import VolumeDriver

@Suite(.scratchDirectory)
struct PoolDirectoryTests {
    let volume = VolumeID.random()

    @Test func `a missing directory is created for its user only`() async throws {
        let top = ScratchDirectory.path + "/a"
        let driver = LoopbackDriver(directory: top + "/b/c")
        try await driver.create(volume, size: mebibytes(1), operation: .random())
        for path in [top, top + "/b", top + "/b/c"] {
            #expect(try status(path).permissions == .ownerReadWriteExecute)
        }
        #expect(exists(driver.location(of: volume)))
    }

    @Test func `looking at a pool whose directory is missing creates nothing`() async throws {
        try #require(symlink(ScratchDirectory.path, ScratchDirectory.path + "/link") == 0)
        let driver = LoopbackDriver(directory: ScratchDirectory.path + "/link/a/b")
        let (before, detailed) = (try await driver.capacity(), try await driver.detailedCapacity())
        #expect(await driver.checkHealth().allSatisfy { $0.severity != .failure })
        #expect(try names(in: ScratchDirectory.path) == ["link"])
        #expect(detailed.logical == .zero && detailed.allocated == .zero)
        try await driver.create(volume, size: mebibytes(1), operation: .random())
        let after = try await driver.capacity()
        #expect(before.total == after.total && before.backing == after.backing)
    }

    @Test(.enabled(if: !isRoot, "root may write everywhere"))
    func `a pool that can't be created is known before`() async throws {
        try makeDirectory(ScratchDirectory.path + "/closed", mode: 0o500)
        let driver = LoopbackDriver(directory: ScratchDirectory.path + "/closed/pool")
        let error = await #expect(throws: DriverError.self) { try await driver.capacity() }
        #expect(error?.code == .notPermitted && error?.message.hasPrefix("cannot create pool directory") == true)
    }

    @Test(arguments: ["", "/"])
    func `a symbolic link is refused as pool`(ending: String) async throws {
        let (target, link) = (ScratchDirectory.path + "/target", ScratchDirectory.path + "/link")
        try makeDirectory(target)
        try #require(symlink(target, link) == 0)
        try await expectFailure(of: LoopbackDriver(directory: link + ending), because: "is a symbolic link")
        #expect(try names(in: target).isEmpty)
    }

    @Test(arguments: [true, false])
    func `a symbolic link above the pool is followed`(existing: Bool) async throws {
        let pool = try Pool(existing: existing)
        try #require(symlink(ScratchDirectory.path, ScratchDirectory.path + "/link") == 0)
        let driver = LoopbackDriver(directory: ScratchDirectory.path + "/link/pool")
        try await driver.create(volume, size: mebibytes(1), operation: .random())
        #expect(exists(pool.path(of: volume)))
    }

    @Test func `a file is refused as pool`() async throws {
        let path = ScratchDirectory.path + "/file"
        try write("precious", to: path)
        try await expectFailure(of: LoopbackDriver(directory: path), because: "is a regular file")
        #expect(try read(path) == "precious")
    }

    @Test func `a pool below a file is refused`() async throws {
        try write("precious", to: ScratchDirectory.path + "/file")
        try await expectFailure(
            of: LoopbackDriver(directory: ScratchDirectory.path + "/file/pool"),
            because: "Not a directory (ENOTDIR)"
        )
    }

    @Test(arguments: [0o770, 0o720, 0o702, 0o777, 0o1777])
    func `a pool that others can write to is refused`(mode: Int) async throws {
        let pool = try Pool()
        try makeDirectory(pool.path, mode: mode)
        try await expectFailure(.notPermitted, of: pool.driver, because: "its mode is 0\(String(mode, radix: 8))")
        #expect(try pool.names.isEmpty)
    }

    @Test(arguments: [0o700, 0o750, 0o755])
    func `a pool that others can only read is accepted`(mode: Int) async throws {
        let pool = try Pool()
        try makeDirectory(pool.path, mode: mode)
        try await pool.create(volume, bytes: mebibyte)
        #expect(try pool.names == ["volume-\(volume)"])
    }

    @Test(.enabled(if: isRoot, "needs root, to be another user"))
    func `a pool of another user is refused`() async throws {
        let pool = try Pool()
        try #require(chown(pool.path, 65534, 65534) == 0)
        try await expectFailure(.notPermitted, of: pool.driver, because: "belongs to user 65534, not to user 0")
        #expect(try pool.names.isEmpty)
    }

    @Test(.enabled(if: !isRoot, "root may write everywhere"))
    func `a pool of root is refused to others`() async throws {
        try await expectFailure(.notPermitted, of: LoopbackDriver(directory: "/"), because: "belongs to user 0")
    }

    @Test(arguments: ["", "pool", "./pool", "../pool", "/srv/../etc", "/srv/.", "/srv\0/volumes"])
    func `a path that is not plain and absolute is refused`(path: String) async throws {
        try await expectFailure(of: LoopbackDriver(directory: path), because: "not an absolute path")
    }

    @Test func `a replaced pool is checked again`() async throws {
        let pool = try Pool()
        try await pool.create(volume, bytes: mebibyte)
        try #require(rename(pool.path, pool.path + ".old") == 0)
        #expect(try await pool.driver.inspect(volume) == .absent)
        try makeDirectory(pool.path, mode: 0o770)
        try await expectFailure(.notPermitted, of: pool.driver, because: "its mode is 0770")
    }

    /// Expects the same error from every call.
    private func expectFailure(
        _ code: DriverError.Code = .broken,
        of driver: any VolumeDriver,
        because reason: String
    ) async throws {
        let size = try mebibytes(1)
        let calls: [@Sendable () async throws -> Void] = [
            { try await driver.create(volume, size: size, operation: .random()) },
            { try await driver.delete(volume, operation: .random()) },
            { _ = try await driver.inspect(volume) },
            { _ = try await driver.list() },
            { _ = try await driver.capacity() },
        ]
        for call in calls {
            let error = await #expect(throws: DriverError.self) { try await call() }
            #expect(error?.code == code)
            #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
            #expect(error?.leftBehind == nil)
        }
    }

}
