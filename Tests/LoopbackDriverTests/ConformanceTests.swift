import DriverKit
import Foundation
import Identity
import LoopbackDriver
import TestKit
import Testing
import VolumeDriver

/// The whole contract, on each file system and with each volume format.
@Suite(.scratchDirectory)
struct ConformanceTests {
    @Test func `loopback keeps the contract with sparse files on the file system of the tests`() async throws {
        try await check(in: ScratchDirectory.path + "/pool", LoopbackOptions())
    }

    @Test func `loopback keeps the contract with files that have all their space, up to a limit`() async throws {
        let options = LoopbackOptions(allocation: .full, allocatedLimit: try mebibytes(64))
        try await check(in: ScratchDirectory.path + "/pool", options, skipping: [])
    }

    @Test(.enabled(if: hasQemuImg, "needs qemu-img: Scripts/install-dependencies qemu-utils"))
    func `loopback keeps the contract with qcow2 files`() async throws {
        try await check(in: ScratchDirectory.path + "/pool", LoopbackOptions(format: .qcow2))
    }

    @Test(.enabled(if: canMount, "needs root, to mount"))
    func `loopback keeps the contract on tmpfs`() async throws {
        let path = ScratchDirectory.path + "/tmpfs"
        try makeDirectory(path)
        let system = try MemoryFileSystem(at: path, options: "size=200m,mode=0700")
        defer { system.unmount() }
        try await check(in: path + "/pool", LoopbackOptions())
    }

    @Test(.enabled(if: FileSystem.isAvailable("xfs"), FileSystem.needs("xfs")))
    func `loopback keeps the contract on xfs`() async throws {
        let system = try await FileSystem("xfs")
        defer { system.unmount() }
        try await check(in: system.path + "/pool", LoopbackOptions())
    }

    @Test(.enabled(if: FileSystem.isAvailable("btrfs"), FileSystem.needs("btrfs")))
    func `loopback keeps the contract on btrfs`() async throws {
        let system = try await FileSystem("btrfs")
        defer { system.unmount() }
        try await check(in: system.path + "/pool", LoopbackOptions())
    }

    private func check(
        in pool: String,
        _ options: LoopbackOptions,
        skipping: Set<String> = ["create-full-pool"]
    ) async throws {
        var options = options
        options.exportDirectory = ScratchDirectory.path + "/x"
        var subject = DriverUnderTest(scratchDirectory: ScratchDirectory.path, timeLimit: .seconds(1800)) { [options] in
            LoopbackDriver(directory: pool, options: options)
        }
        subject.vanish = { try FileManager.default.removeItem(atPath: "\(pool)/\($0.backendName)") }
        subject.unmark = { try FileManager.default.removeItem(atPath: pool + "/.volumectl-pool") }
        subject.plant = { name in
            let path = "\(pool)/\(name)"
            try write(name, to: path)
            return ForeignObject(
                isUnharmed: { try read(path) == name },
                remove: { try FileManager.default.removeItem(atPath: path) }
            )
        }
        let report = await DriverKit.check(subject)
        for failure in report.failures { Issue.record("\(failure.rule): \(failure.reason ?? "")") }
        let skipped = Set(report.outcomes.filter { $0.verdict == .skipped }.map(\.rule))
        let exporting = DriverKit.rules.filter { $0.feature.contains(.export) }.map(\.id)
        let concerning = skipped.subtracting(hasNBD ? [] : exporting)
        let attaching: Set = ["attach-size", "attach-read-only", "attach-keeps-data", "attach-keeps-volume"]
        #expect(concerning.subtracting(options.format == .qcow2 || !canBindLoopDevices ? attaching : []) == skipping)
        #expect(try names(in: pool).isEmpty)
    }
}

let hasQemuImg = FileManager.default.isExecutableFile(atPath: "/usr/bin/qemu-img")
