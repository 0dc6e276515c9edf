import Foundation
import Glibc
import Identity
import SystemPackage
import TestKit
import Testing
import VolumeDriver

@testable import LoopbackDriver

@Suite(.scratchDirectory)
struct CopyTests {
    private let volume = VolumeID.random()
    private let copy = VolumeID.random()
    private let snapshot = SnapshotID.random()

    private func driver(_ options: LoopbackOptions = LoopbackOptions()) -> LoopbackDriver {
        LoopbackDriver(directory: ScratchDirectory.path + "/pool", options: options)
    }

    private func fill(_ path: String, at offset: Int64, count: Int) throws {
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: Data(repeating: 7, count: count))
        try file.close()
    }

    @Test func `a copy has holes where its source has`() async throws {
        let driver = driver()
        try await driver.create(volume, size: mebibytes(256), operation: .random())
        try fill(driver.location(of: volume), at: 128 << 20, count: 1 << 20)
        try await driver.clone(volume, as: copy, size: mebibytes(256), operation: .random())
        let file = try status(driver.location(of: copy))
        #expect(file.size == 256 << 20)
        #expect(file.blocksAllocated * 512 < 4 << 20)
        let text = try #require(FileHandle(forReadingAtPath: driver.location(of: copy)))
        try text.seek(toOffset: 128 << 20)
        #expect(try text.read(upToCount: 4) == Data([7, 7, 7, 7]))
    }

    @Test(.enabled(if: FileSystem.isAvailable("xfs"), FileSystem.needs("xfs")))
    func `copies share their blocks if the file system can`() async throws {
        let system = try await FileSystem("xfs")
        defer { system.unmount() }
        let driver = LoopbackDriver(directory: system.path + "/pool")
        try await driver.create(volume, size: mebibytes(64), operation: .random())
        try fill(driver.location(of: volume), at: 0, count: 64 << 20)
        let free = system.free
        for _ in 1...8 { try await driver.clone(volume, as: .random(), size: mebibytes(64), operation: .random()) }
        #expect(free - system.free < 8 << 20)
    }

    @Test func `a volume that has all its space keeps it when it is extended and copied`() async throws {
        let driver = driver(LoopbackOptions(allocation: .full))
        try await driver.create(volume, size: mebibytes(1), operation: .random())
        try await driver.extend(volume, to: mebibytes(2), operation: .random())
        try await driver.clone(volume, as: copy, size: mebibytes(3), operation: .random())
        #expect(try status(driver.location(of: volume)).blocksAllocated * 512 >= 2 << 20)
        #expect(try status(driver.location(of: copy)).blocksAllocated * 512 >= 3 << 20)
        #expect(!driver.capabilities.isThin)
    }

    @Test func `the remains of a killed process are partial, and are completed or removed`() async throws {
        let driver = driver()
        try await driver.create(volume, size: mebibytes(1), operation: .random())
        let remains = driver.location(of: copy) + ".partial"
        try write("half of it", to: remains)
        #expect(try await driver.inspect(copy) == .partial)
        #expect(try await driver.list().first { $0.id == copy }?.presence == .partial)
        try await driver.clone(volume, as: copy, size: mebibytes(1), operation: .random())
        #expect(try await driver.inspect(copy) == .complete(mebibytes(1)))
        #expect(!exists(remains))
        try write("half of it", to: remains)
        try await driver.delete(copy, operation: .random())
        #expect(!exists(remains))
    }

    @Test func `leftovers are reported, and removed when the pool is set up`() async throws {
        let driver = driver()
        try await driver.create(volume, size: mebibytes(1), operation: .random())
        let remains = driver.location(of: volume) + ".partial"
        try write("half of it", to: remains)
        let finding = await driver.checkHealth().first { $0.subject == "unfinished files" }
        #expect(finding?.severity == .warning)
        try await driver.setUp()
        #expect(!exists(remains))
        #expect(try await driver.inspect(volume) == .complete(mebibytes(1)))
    }

    @Test func `no more is provisioned than the limit`() async throws {
        let driver = driver(LoopbackOptions(promisedLimit: try mebibytes(3)))
        try await driver.create(volume, size: mebibytes(1), operation: .random())
        try await driver.createSnapshot(snapshot, of: volume, operation: .random())
        let error = await #expect(throws: DriverError.self) {
            try await driver.create(copy, size: mebibytes(2), operation: .random())
        }
        #expect(error?.code == .retryableElsewhere)
        #expect(try await driver.inspect(copy) == .absent)
        try await driver.create(copy, size: mebibytes(1), operation: .random())
        await #expect(throws: DriverError.self) {
            try await driver.extend(copy, to: mebibytes(2), operation: .random())
        }
        #expect(try await driver.detailedCapacity().logical == mebibytes(3))
    }

    @Test func `of many concurrent creates, only as many succeed as there is space`() async throws {
        let driver = driver(LoopbackOptions(allocation: .full, allocatedLimit: try mebibytes(4)))
        let size = try mebibytes(1)
        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 1...12 {
                group.addTask { (try? await driver.create(.random(), size: size, operation: .random())) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 4)
        #expect(try await driver.list().count == 4)
    }

    @Test func `without the permission for loop devices the file itself is attached`() async throws {
        let pool = ScratchDirectory.path + "/pool"
        let driver = LoopbackDriver(directory: pool, loopDevices: LoopDevices(control: "/nowhere"))
        try await driver.create(volume, size: mebibytes(1), operation: .random())
        let attachment = try await driver.attach(volume, operation: .random())
        #expect(attachment == LocalAttachment(path: driver.location(of: volume), isDevice: false))
        #expect(try await driver.attachment(of: volume) == nil)
        try await driver.detach(volume, operation: .random())
    }

    @Test(.enabled(if: canBindLoopDevices, "needs root, for loop devices"))
    func `a detach frees every device, also one that a process bound that has died`() async throws {
        let driver = driver()
        try await driver.create(volume, size: mebibytes(1), operation: .random())
        let first = try await driver.attach(volume, operation: .random())
        let second = try LoopDevice(backedBy: driver.location(of: volume))
        #expect(first.isDevice && first.path != second.path)
        try await driver.detach(volume, operation: .random())
        #expect(try await driver.attachment(of: volume) == nil)
        try await driver.delete(volume, operation: .random())
    }

    @Test(.enabled(if: canBindLoopDevices, "needs root, for loop devices"))
    func `a device that is in use is not freed`() async throws {
        let driver = driver()
        try await driver.create(volume, size: mebibytes(1), operation: .random())
        let attachment = try await driver.attach(volume, operation: .random())
        let user = open(attachment.path, O_RDONLY | O_EXCL | O_CLOEXEC)
        try #require(user >= 0)
        let error = await #expect(throws: DriverError.self) {
            try await driver.detach(volume, operation: .random())
        }
        #expect(error?.code == .busy)
        close(user)
        try await driver.detach(volume, operation: .random())
    }

    @Test(arguments: [8, 72]) func `an image that refers to other files is refused`(offset: Int) async throws {
        let driver = driver()
        try await driver.create(volume, size: mebibytes(1), operation: .random())
        var header = [UInt8](repeating: 0, count: 104)
        header.replaceSubrange(0..<8, with: [0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 3])
        header.replaceSubrange(24..<32, with: [0, 0, 0, 0, 0, 0x10, 0, 0])
        header[offset + 7] = 4  // A backing file at byte 4, or the flag of an external data file.
        let image = VolumeImage(path: ScratchDirectory.path + "/evil.qcow2", format: .qcow2)
        try Data(header).write(to: URL(filePath: image.path))
        let error = await #expect(throws: DriverError.self) {
            try await driver.writeImage(image, into: volume, options: TransferOptions(), operation: .random())
        }
        #expect(error?.code == .refused)
        #expect(try await driver.inspect(volume) == .complete(mebibytes(1)))
    }

    @Test(.enabled(if: hasQemuImg, "needs qemu-img: Scripts/install-dependencies qemu-utils"))
    func `a file of another format than the pool's is never written over`() async throws {
        try await driver().create(volume, size: mebibytes(1), operation: .random())
        try fill(driver().location(of: volume), at: 0, count: 10)
        let other = driver(LoopbackOptions(format: .qcow2))
        await #expect(throws: DriverError.self) {
            try await other.create(volume, size: mebibytes(1), operation: .random())
        }
        #expect(try status(driver().location(of: volume)).size == mebibyte)
    }

    @Test func `the id of another volume's snapshot is refused`() async throws {
        let driver = driver()
        for id in [volume, copy] { try await driver.create(id, size: mebibytes(1), operation: .random()) }
        try await driver.createSnapshot(snapshot, of: volume, operation: .random())
        let error = await #expect(throws: DriverError.self) {
            try await driver.createSnapshot(snapshot, of: copy, operation: .random())
        }
        #expect(error?.code == .refused)
    }
}
