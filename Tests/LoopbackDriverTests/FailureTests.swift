import Foundation
import Glibc
import Identity
import LoopbackDriver
import SystemPackage
import TestKit
import Testing
import VolumeDriver

@Suite(.scratchDirectory)
struct FailureTests {
    let volume = VolumeID.random()

    @Test func `a volume above the limit of file sizes fails and leaves nothing`() async throws {
        let directory = ScratchDirectory.path + "/pool"
        await #expect(processExitsWith: .success) { [directory = directory as String, volume = volume as VolumeID] in
            let error = try await failureAboveLimit(directory, volume)
            #expect(error?.code == .retryableElsewhere)
            #expect(error?.cause == "File too large (EFBIG)")
            #expect(error?.remedy?.contains("ulimit -f") == true)
            #expect(error?.leftBehind == nil)
        }
        #expect(try names(in: directory).isEmpty)
    }

    @Test(.enabled(if: canForbidRemoval, "needs root, and a file system with append-only directories"))
    func `the error names what a failed call can't remove`() async throws {
        let pool = try Pool()
        try #require(setAppendOnly(true, pool.path))
        defer { #expect(setAppendOnly(false, pool.path)) }
        await #expect(processExitsWith: .success) { [directory = pool.path as String, volume = volume as VolumeID] in
            let error = try await failureAboveLimit(directory, volume)
            #expect(error?.code == .retryableElsewhere)
            #expect(error?.leftBehind?.hasPrefix("'\(directory)/volume-\(volume)', unfinished") == true)
            #expect(error?.leftBehind?.hasSuffix("Operation not permitted (EPERM)") == true)
        }
        #expect(try await pool.driver.inspect(volume) == .partial)
    }

    @Test func `the signal of that limit is ignored where it would kill`() async {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_DFL)
            _ = LoopbackDriver(directory: "/srv/volumes")
            #expect(handlerOfFileSizeSignal() == unsafeBitCast(SIG_IGN, to: Int.self))
        }
    }

    @Test func `a handler of the program for that signal stays`() async {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ) { _ in }
            let handler = handlerOfFileSizeSignal()
            _ = LoopbackDriver(directory: "/srv/volumes")
            #expect(handlerOfFileSizeSignal() == handler)
        }
    }

    @Test(.enabled(if: canMount, "needs root, to mount"))
    func `a full file system fails, and another pool may succeed`() async throws {
        let pool = try Pool()
        let fileSystem = try MemoryFileSystem(at: pool.path, options: "nr_inodes=1,mode=0700")
        defer { fileSystem.unmount() }
        let error = await #expect(throws: DriverError.self) { try await pool.create(volume, bytes: mebibyte) }
        #expect(error?.code == .retryableElsewhere)
        #expect(error?.cause == "No space left on device (ENOSPC)")
        #expect(error?.remedy?.contains("free space") == true)
        #expect(error?.leftBehind == nil)
        #expect(try pool.names.isEmpty)
    }

    @Test(.enabled(if: canMount, "needs root, to mount"))
    func `a file system that can't be written to is broken`() async throws {
        let pool = try Pool()
        let fileSystem = try MemoryFileSystem(at: pool.path, options: "mode=0700", flags: UInt(MS_RDONLY))
        defer { fileSystem.unmount() }
        let error = await #expect(throws: DriverError.self) { try await pool.create(volume, bytes: mebibyte) }
        #expect(error?.code == .broken)
        #expect(error?.cause == "Read-only file system (EROFS)")
        #expect(try await pool.driver.inspect(volume) == .absent)
    }

    @Test(.enabled(if: !isRoot, "root may write everywhere"))
    func `a directory that its user may not write to is not permitted`() async throws {
        let pool = try Pool()
        try makeDirectory(pool.path, mode: 0o500)
        let error = await #expect(throws: DriverError.self) { try await pool.create(volume, bytes: mebibyte) }
        #expect(error?.code == .notPermitted)
        #expect(error?.cause == "Permission denied (EACCES)")
    }
}

/// Creates a volume above a limit of file sizes. The limit stays, so this needs a process of its own.
private func failureAboveLimit(_ directory: String, _ volume: VolumeID) async throws -> DriverError? {
    signal(SIGXFSZ, SIG_DFL)  // What started the tests may have ignored it, as Python does.
    let driver = LoopbackDriver(directory: directory)
    var limit = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
    try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
    let size = try #require(ByteCount(bytes: 1 << 30))
    return await #expect(throws: DriverError.self) {
        try await driver.create(volume, size: size, operation: .random())
    }
}

private func handlerOfFileSizeSignal() -> Int {
    var current = sigaction()
    sigaction(SIGXFSZ, nil, &current)
    return unsafeBitCast(current.__sigaction_handler.sa_handler, to: Int.self)
}
