import Foundation
import Glibc
import Identity
import LoopbackDriver
import Programs
import SystemPackage
import TestKit
import Testing
import VolumeDriver

/// Exported volumes with common clients, and the calls that are refused meanwhile.
@Suite(.enabled(if: hasNBD, "needs qemu-utils and libnbd-bin: Scripts/install-dependencies"), .scratchDirectory)
struct ExportTests {
    private let volume = VolumeID.random()
    private let other = VolumeID.random()
    private let exports = ScratchDirectory.path + "/x"
    private let content = Data((0..<(4 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 9) })

    private func driver(_ format: ImageFormat = .raw, _ allocation: LoopbackOptions.Allocation = .sparse)
        -> LoopbackDriver
    {
        LoopbackDriver(
            directory: ScratchDirectory.path + "/pool",
            options: LoopbackOptions(format: format, allocation: allocation, exportDirectory: exports)
        )
    }

    private func export(_ driver: LoopbackDriver) async throws -> String {
        try await driver.export(volume, as: .nbd, operation: .random()).uri
    }

    private func unexport(_ driver: LoopbackDriver) async throws {
        try await driver.unexport(volume, operation: .random())
    }

    @discardableResult
    private func run(_ program: String, _ arguments: String...) async throws -> String {
        let result = try await SystemPrograms().run(ProgramCall(program, arguments))
        try #require(result.isSuccess, "\(program): \(result.messages)")
        return result.output
    }

    private func file(_ name: String, _ data: Data? = nil) throws -> String {
        let path = ScratchDirectory.path + "/" + name
        try data?.write(to: URL(filePath: path))
        return path
    }

    private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

    private func image(of volume: VolumeID, _ driver: LoopbackDriver) async throws -> Data {
        let image = VolumeImage(path: try file("image"), format: .raw)
        try await driver.readImage(of: volume, to: image, options: TransferOptions(), operation: .random())
        return try bytes(image.path)
    }

    private func expectBusy(_ body: () async throws -> Void) async {
        let error = await #expect(throws: DriverError.self) { try await body() }
        #expect(error?.code == .busy)
        #expect(error?.remedy?.contains("export") == true)
    }

    /// Kills the server, and waits until it has closed the volume's file.
    private func killServer() async throws {
        let text = try read("\(exports)/volume-\(volume).pid")
        kill(try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines))), SIGKILL)
        try await eventually { try await driver().export(of: volume) == nil }
    }

    @Test(arguments: [ImageFormat.raw, .qcow2], LoopbackOptions.Allocation.allCases)
    func `clients read and write the volume`(
        format: ImageFormat,
        allocation: LoopbackOptions.Allocation
    ) async throws {
        let driver = driver(format, allocation)
        try await driver.create(volume, size: mebibytes(4), operation: .random())
        var uri = try await export(driver)
        #expect(uri == "nbd+unix:///volume-\(volume)?socket=\(exports)/volume-\(volume)")
        #expect(try await run("nbdinfo", "--size", uri) == "4194304\n")
        #expect(try await run("nbdinfo", "--json", uri).contains(#""is_read_only": false"#))
        try await run("nbdcopy", "--flush", try file("original", content), uri)
        try await unexport(driver)
        #expect(try await image(of: volume, driver) == content)
        uri = try await export(driver)
        try await run("nbdcopy", uri, try file("copy"))
        #expect(try bytes(file("copy")) == content)
        try await unexport(driver)
        #expect(try names(in: exports).allSatisfy { $0.hasPrefix(".lock-") })
    }

    @Test func `a volume that has all its space keeps it, whatever clients fill with zeros or discard`() async throws {
        let driver = driver(.raw, .full)
        try await driver.create(volume, size: mebibytes(4), operation: .random())
        let uri = try await export(driver)
        try await run("nbdcopy", "--flush", try file("zeros", Data(count: 4 << 20)), uri)
        try await run("qemu-io", "-f", "raw", "-c", "discard 0 4M", "-c", "write -z -u 0 4M", uri)
        #expect(try status(driver.location(of: volume)).blocksAllocated * 512 >= 4 << 20)
        try await unexport(driver)
    }

    @Test(arguments: [ImageFormat.raw, .qcow2])
    func `an exported volume can't be replaced, extended, attached or unmanaged, and can be afterwards`(
        format: ImageFormat
    ) async throws {
        let driver = driver(format)
        let (snapshot, size) = (SnapshotID.random(), try mebibytes(4))
        let image = VolumeImage(path: try file("original", content), format: .raw)
        try await driver.create(volume, size: size, operation: .random())
        try await driver.createSnapshot(snapshot, of: volume, operation: .random())
        let uri = try await export(driver)
        let changes: [() async throws -> Void] = [
            { try await driver.revert(volume, to: snapshot, operation: .random()) },
            { try await driver.writeImage(image, into: volume, options: TransferOptions(), operation: .random()) },
            { try await driver.extend(volume, to: mebibytes(8), operation: .random()) },
            {
                _ = try await driver.attach(volume, operation: .random())
                try await driver.detach(volume, operation: .random())
            },
            {
                try await driver.deleteSnapshot(snapshot, of: volume, operation: .random())
                try await driver.unmanage(volume, as: "theirs", operation: .random())
            },
        ]
        for change in changes { await expectBusy(change) }
        #expect(try await run("nbdinfo", "--size", uri) == "4194304\n")
        try await driver.extend(volume, to: size, operation: .random())
        try await unexport(driver)
        try await driver.createSnapshot(snapshot, of: volume, operation: .random())
        for change in changes { try await change() }
    }

    @Test func `an exported raw volume is copied as clients have written it`() async throws {
        let driver = driver()
        try await driver.create(volume, size: mebibytes(4), operation: .random())
        try await run("nbdcopy", try file("original", content), try await export(driver))
        try await driver.clone(volume, as: other, size: mebibytes(4), operation: .random())
        #expect(try await image(of: other, driver) == content)
        #expect(try await image(of: volume, driver) == content)
        let image = VolumeImage(path: try file("image.qcow2"), format: .qcow2)
        try await driver.readImage(of: volume, to: image, options: TransferOptions(), operation: .random())
        try await run("qemu-img", "compare", image.path, driver.location(of: other))
        try await unexport(driver)
    }

    @Test func `an exported qcow2 volume is not copied, because its server caches parts of it`() async throws {
        let driver = driver(.qcow2)
        try await driver.create(volume, size: mebibytes(4), operation: .random())
        _ = try await export(driver)
        await expectBusy { try await driver.clone(volume, as: other, size: mebibytes(4), operation: .random()) }
        await expectBusy { try await driver.createSnapshot(.random(), of: volume, operation: .random()) }
        await expectBusy { _ = try await image(of: volume, driver) }
        #expect(try names(in: ScratchDirectory.path + "/pool") == ["volume-\(volume)"])
        try await unexport(driver)
        try await driver.clone(volume, as: other, size: mebibytes(4), operation: .random())
    }

    @Test func `a killed server does no harm, and leaves the written data`() async throws {
        let driver = driver()
        try await driver.create(volume, size: mebibytes(4), operation: .random())
        var uri = try await export(driver)
        try await run("nbdcopy", try file("original", content), uri)
        try await killServer()
        #expect(try await driver.export(of: volume) == nil)
        uri = try await export(driver)
        try await run("nbdcopy", uri, try file("copy"))
        #expect(try bytes(file("copy")) == content)
        try await killServer()
        try await driver.delete(volume, operation: .random())
        try await unexport(driver)
        #expect(try names(in: exports).allSatisfy { $0.hasPrefix(".lock-") })
    }

    @Test func `a volume that was removed without the driver and created again is not served by the old server`()
        async throws
    {
        let driver = driver()
        try await driver.create(volume, size: mebibytes(4), operation: .random())
        let uri = try await export(driver)
        try await run("nbdcopy", try file("original", content), uri)
        try FileManager.default.removeItem(atPath: driver.location(of: volume))
        try await driver.create(volume, size: mebibytes(4), operation: .random())
        #expect(try await export(driver) == uri)
        try await run("nbdcopy", uri, try file("copy"))
        #expect(try bytes(file("copy")) == Data(count: 4 << 20))
        try await unexport(driver)
    }

    @Test func `a volume that a virtual machine has open is busy, but can be attached again`() async throws {
        let driver = driver(.qcow2)
        try await driver.create(volume, size: mebibytes(4), operation: .random())
        let path = try await driver.attach(volume, operation: .random()).path
        let pidFile = try file("machine.pid")
        try await run(
            "qemu-nbd",
            "--fork",
            "--persistent",
            "--pid-file=\(pidFile)",
            "--socket=\(try file("machine"))",
            path
        )
        let machine = try #require(pid_t(read(pidFile).trimmingCharacters(in: .whitespacesAndNewlines)))
        defer { kill(machine, SIGKILL) }
        await expectBusy { try await driver.delete(volume, operation: .random()) }
        await expectBusy { _ = try await export(driver) }
        #expect(try await driver.attach(volume, operation: .random()).path == path)
        try await unexport(driver)
        #expect(kill(machine, 0) == 0)
    }

    @Test func `a driver without a directory for exports offers none`() async throws {
        let driver = LoopbackDriver(directory: ScratchDirectory.path + "/pool")
        #expect(driver.withheldFeatures == [.export, .readOnlyExport])
        #expect(self.driver().withheldFeatures == [])
        try await unexport(driver)
        #expect(try await driver.export(of: volume) == nil)
    }
}

let hasNBD = ["qemu-nbd", "nbdinfo"].allSatisfy { ProgramPath.find($0) != nil }
