import Foundation
import Glibc
import Identity
import LoopbackDriver
import TestKit
import Testing
import VolumeDriver

/// Volumes whose file another process has open.
@Suite(.scratchDirectory)
struct OpenFileTests {
    private let volume = VolumeID.random()
    private var driver: LoopbackDriver { LoopbackDriver(directory: ScratchDirectory.path + "/pool") }

    private func created() async throws -> String {
        try await driver.create(volume, size: mebibytes(1), operation: .random())
        return driver.location(of: volume)
    }

    @Test(arguments: [O_RDONLY, O_WRONLY])
    func `a volume whose file is open can't be removed, and the error names the process`(
        flags: CInt
    ) async throws {
        let path = try await created()
        let snapshot = SnapshotID.random()
        try await driver.createSnapshot(snapshot, of: volume, operation: .random())
        try await driver.revert(volume, to: snapshot, operation: .random())
        try await driver.deleteSnapshot(snapshot, of: volume, operation: .random())
        let descriptor = open(path, flags | O_CLOEXEC)
        for call in [
            { () async throws in try await driver.delete(volume, operation: .random()) },
            { () async throws in try await driver.unmanage(volume, as: "other", operation: .random()) },
        ] {
            let error = await #expect(throws: DriverError.self) { try await call() }
            #expect(error?.code == .busy)
            #expect(error?.message.contains("process \(getpid()) (") == true)
            #expect(error?.remedy?.contains(path) == true)
        }
        #expect(exists(path))
        close(descriptor)
        try await driver.delete(volume, operation: .random())
        #expect(!exists(path))
    }

    @Test func `a mapped file is open, too`() async throws {
        let path = try await created()
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        let mapping = mmap(nil, 4096, PROT_READ, MAP_SHARED, descriptor, 0)
        close(descriptor)
        let error = await #expect(throws: DriverError.self) { try await driver.delete(volume, operation: .random()) }
        #expect(error?.code == .busy)
        munmap(mapping, 4096)
        try await driver.delete(volume, operation: .random())
    }

    @Test func `a file that is open can't be managed`() async throws {
        _ = try await created()
        try await driver.unmanage(volume, as: "disk", operation: .random())
        let descriptor = open(ScratchDirectory.path + "/pool/disk", O_RDWR | O_CLOEXEC)
        let error = await #expect(throws: DriverError.self) {
            try await driver.manage("disk", as: volume, operation: .random())
        }
        #expect(error?.code == .busy)
        close(descriptor)
        _ = try await driver.manage("disk", as: volume, operation: .random())
    }

    @Test func `concurrent calls do not disturb each other`() async throws {
        for _ in 1...5 {
            _ = try await created()
            let driver = driver
            try await withThrowingTaskGroup { group in
                for _ in 1...4 {
                    group.addTask { try await driver.delete(volume, operation: .random()) }
                    group.addTask { _ = try await driver.inspect(volume) }
                }
                try await group.waitForAll()
            }
            #expect(try await driver.inspect(volume) == .absent)
        }
    }
}
