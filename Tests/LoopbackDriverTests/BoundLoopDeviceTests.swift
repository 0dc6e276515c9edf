import Foundation
import Glibc
import Identity
import TestKit
import Testing
import VolumeDriver

@testable import LoopbackDriver

@Suite(.scratchDirectory)
struct BoundLoopDeviceTests {
    let volume = VolumeID.random()

    @Test(.enabled(if: canBindLoopDevices, "needs root, for loop devices"))
    func `a volume is busy while a loop device is bound to it`() async throws {
        let pool = try Pool()
        try await pool.create(volume, bytes: mebibyte)
        let device = try LoopDevice(backedBy: pool.path(of: volume))
        defer { device.release() }
        let error = await #expect(throws: DriverError.self) { try await pool.delete(volume) }
        #expect(error?.code == .busy)
        #expect(error?.message == "volume file '\(pool.path(of: volume))' is bound to '\(device.path)'")
        #expect(error?.remedy?.hasPrefix("`losetup -d \(device.path)`") == true)
        #expect(exists(pool.path(of: volume)))
        device.release()
        try await pool.delete(volume)
        #expect(!exists(pool.path(of: volume)))
    }

    @Test func `a device is recognised by its file under any path`() async throws {
        let pool = try Pool()
        try await pool.create(volume, bytes: mebibyte)
        let alias = ScratchDirectory.path + "/alias"
        try #require(symlink(pool.path(of: volume), alias) == 0)
        try await expectBusy(pool, backingFile: alias)
        try await expectBusy(pool, backingFile: pool.path(of: volume))
    }

    @Test func `a device is known by the file's name where its path leads nowhere`() async throws {
        let pool = try Pool()
        try await pool.create(volume, bytes: mebibyte)
        try await expectBusy(pool, backingFile: "/elsewhere/volume-\(volume)")
    }

    @Test func `a device that serves another file does not matter`() async throws {
        let pool = try Pool()
        let other = VolumeID.random()
        try await pool.create(volume, bytes: mebibyte)
        try await pool.create(other, bytes: mebibyte)
        let namesake = ScratchDirectory.path + "/volume-\(volume)"
        try write("a copy", to: namesake)
        let removed = pool.path(of: volume) + " (deleted)"
        let devices = try fakeDevices([nil, pool.path(of: other), "", namesake, removed])
        try await driver(of: pool, devices).delete(volume, operation: .random())
        #expect(try pool.names == ["volume-\(other)"])
    }

    @Test func `a host without a list of loop devices has none`() async throws {
        let pool = try Pool()
        try await pool.create(volume, bytes: mebibyte)
        try await driver(of: pool, ScratchDirectory.path + "/nowhere").delete(volume, operation: .random())
        #expect(try pool.names.isEmpty)
    }

    @Test func `nothing is deleted when the devices can't be read`() async throws {
        let pool = try Pool()
        try await pool.create(volume, bytes: mebibyte)
        let list = ScratchDirectory.path + "/list"
        try write("not a directory", to: list)
        let error = await #expect(throws: DriverError.self) {
            try await driver(of: pool, list).delete(volume, operation: .random())
        }
        #expect(error?.code == .broken)
        #expect(exists(pool.path(of: volume)))
    }

    @Test func `a device whose file was removed from the pool is a finding`() async throws {
        let pool = try Pool()
        let (gone, other) = (pool.path(of: volume) + " (deleted)", "/elsewhere/file (deleted)")
        let devices = try fakeDevices([nil, other, pool.path(of: volume), gone])
        let finding = await driver(of: pool, devices).checkHealth().first { $0.subject == "loop devices" }
        #expect(finding?.severity == .warning)
        #expect(finding?.message.contains("'/dev/loop3'") == true)
        #expect(finding?.remedy?.contains("losetup --detach /dev/loop3") == true)
    }

    private func expectBusy(_ pool: Pool, backingFile: String) async throws {
        let devices = try fakeDevices([nil, backingFile])
        let error = await #expect(throws: DriverError.self) {
            try await driver(of: pool, devices).delete(volume, operation: .random())
        }
        #expect(error?.code == .busy)
        #expect(error?.message.contains("'/dev/loop1'") == true)
        #expect(exists(pool.path(of: volume)))
    }

    private func driver(of pool: Pool, _ blockDevices: String) -> LoopbackDriver {
        LoopbackDriver(directory: pool.path, loopDevices: LoopDevices(blockDevices: blockDevices))
    }

    /// A directory such as `/sys/block`, with one loop device for each backing file; `nil` is a free one.
    private func fakeDevices(_ backingFiles: [String?]) throws -> String {
        let devices = ScratchDirectory.path + "/block-\(UUID())"
        try makeDirectory(devices + "/sda")
        for (number, file) in backingFiles.enumerated() {
            try makeDirectory("\(devices)/loop\(number)")
            guard let file else { continue }
            try makeDirectory("\(devices)/loop\(number)/loop")
            try write(file + "\n", to: "\(devices)/loop\(number)/loop/backing_file")
        }
        return devices
    }
}
