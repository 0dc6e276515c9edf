import DriverKit
import Foundation
import LoopbackDriver
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Volumes that are made of image files.
@Suite(.scratchDirectory)
struct ImageTests {
    /// A raw image: a hole, a few bytes in the middle, and an end that is no whole sector.
    private static func content() -> Data {
        Data(count: 2 << 20) + Data("content".utf8) + Data(count: 1 << 20)
    }

    private func image(_ name: String, _ content: Data, _ format: ImageFormat = .raw) throws -> VolumeImage {
        let path = "\(ScratchDirectory.path)/\(name)"
        try content.write(to: URL(filePath: path))
        return VolumeImage(path: path, format: format)
    }

    /// The header of a qcow2 image, and nothing else.
    private static func header(
        size: UInt64 = 1 << 20,
        backing: UInt64 = 0,
        features: UInt8 = 0,
        table: UInt64 = 0
    ) -> Data {
        var bytes = [UInt8](repeating: 0, count: 512)
        func put(_ value: UInt64, at offset: Int, bytes count: Int) {
            for index in 0..<count { bytes[offset + index] = UInt8(value >> UInt64(8 * (count - 1 - index)) & 0xFF) }
        }
        bytes.replaceSubrange(0..<4, with: [0x51, 0x46, 0x49, 0xFB])
        put(3, at: 4, bytes: 4)
        put(backing, at: 8, bytes: 8)
        put(16, at: 20, bytes: 4)
        put(size, at: 24, bytes: 8)
        put(table, at: 40, bytes: 8)
        bytes[79] = features
        put(104, at: 100, bytes: 4)
        return Data(bytes)
    }

    private func request(_ image: VolumeImage, _ size: SizeExpression? = nil) throws -> VolumeRequest {
        VolumeRequest(name: try VolumeName(validating: "data"), size: size, source: .image(image))
    }

    private func bytes(of volume: Volume, _ backend: LoopbackDriver) throws -> Data {
        try Data(contentsOf: URL(filePath: backend.location(of: volume.id)))
    }

    @Test func `a volume holds what its image does, as large as that in whole allocation units`() async throws {
        let scene = try Scene()
        let image = try image("disk.raw", Self.content())
        let volume = try await scene.service.create(request(image)).volume
        #expect(volume.status == .available && volume.sourceImage == image)
        let found = try bytes(of: volume, scene.backend)
        #expect(found.count == Int(volume.size.bytes) && volume.size.bytes - Int64(Self.content().count) < 4096)
        #expect(found == Self.content() + Data(count: found.count - Self.content().count))
        #expect(try await scene.service.quota().usage.inUse.size == volume.size)
    }

    @Test func `the same request twice is one volume, also when the image is gone`() async throws {
        let scene = try Scene()
        let image = try image("disk.raw", Self.content())
        let first = try await scene.service.create(request(image))
        #expect(first.isNew)
        #expect(try await !scene.service.create(request(image)).isNew)
        try FileManager.default.removeItem(atPath: image.path)
        #expect(try await !scene.service.create(request(image)).isNew)
        for other in [
            VolumeImage(path: image.path, format: .qcow2), VolumeImage(path: image.path + "2", format: .raw),
        ] {
            let error = await #expect(throws: VolumeError.self) { try await scene.service.create(request(other)) }
            #expect(error?.code == .conflict)
        }
        let empty = VolumeRequest(name: try VolumeName(validating: "data"), size: .exactly(first.volume.size))
        await #expect(throws: VolumeError.self) { try await scene.service.create(empty) }
    }

    @Test func `the path of an image is stored without symbolic links`() async throws {
        let scene = try Scene()
        let image = try image("disk.raw", Self.content())
        let folder = ScratchDirectory.path + "/folder"
        try FileManager.default.createSymbolicLink(atPath: folder, withDestinationPath: ".")
        let through = VolumeImage(path: folder + "/disk.raw", format: .raw)
        #expect(try await scene.service.create(request(through)).volume.sourceImage == image)
        #expect(try await !scene.service.create(request(image)).isNew)
    }

    @Test func `a symbolic link is no image, and the error names the file`() async throws {
        let scene = try Scene()
        let image = try image("disk.raw", Self.content())
        let link = VolumeImage(path: ScratchDirectory.path + "/latest", format: .raw)
        try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "disk.raw")
        let error = await #expect(throws: VolumeError.self) { try await scene.service.create(request(link)) }
        #expect(error?.code == .invalidInput && error?.message.contains("a symbolic link") == true)
        #expect(error?.remedies.contains(.advice("name the file itself: '\(image.path)'")) == true)
    }

    /// Images that are refused by their content, with a part of the message.
    static let contradictions: [(ImageFormat, Data, String)] = [
        (.raw, header(), "it is not raw: its content is that of a qcow2 file"),
        (.raw, Data("KDMV".utf8) + Data(count: 508), "a vmdk file"), (.raw, Data([0x1F, 0x8B, 8, 0]), "a gzip file"),
        (.raw, Data(), "it is empty"), (.qcow2, Data(), "it is not qcow2"),
        (.qcow2, Data(count: 4096), "it is not qcow2"), (.qcow2, header().prefix(60), "its header is damaged"),
        (.qcow2, header(backing: 512), "a backing file"), (.qcow2, header(features: 4), "an external data file"),
        (.qcow2, header(features: 2), "the mark of a corrupt image"), (.qcow2, header(size: 0), "it is empty"),
        (.qcow2, header(table: 1 << 20), "it is incomplete"), (.qcow2, header(table: .max), "it is incomplete"),
        (.qcow2, header(size: .max), "its header is damaged"),
    ]

    @Test(arguments: contradictions)
    func `an image whose content contradicts its format is refused before anything is touched`(
        format: ImageFormat,
        content: Data,
        problem: String
    ) async throws {
        let scene = try Scene()
        let image = try image("disk", content, format)
        let error = await #expect(throws: VolumeError.self) { try await scene.service.create(request(image)) }
        #expect(error?.code == .invalidInput && error?.message.contains(problem) == true, "\(error as Any)")
        #expect(try await scene.service.flows(limit: 1).isEmpty)
    }

    @Test(arguments: [
        ("https://example.org/disk.raw", VolumeError.Code.invalidInput), ("disk.raw", .invalidInput),
        ("", .invalidInput),
        ("/dev/null", .invalidInput), ("/", .invalidInput), ("/nowhere/disk.raw", .notFound), ("/a\0b", .invalidInput),
    ])
    func `only a file of this host is an image`(path: String, code: VolumeError.Code) async throws {
        let scene = try Scene()
        let image = VolumeImage(path: path, format: .raw)
        let error = await #expect(throws: VolumeError.self) { try await scene.service.create(request(image)) }
        #expect(error?.code == code)
        #expect(try await scene.service.flows(limit: 1).isEmpty)
    }

    @Test(.enabled(if: getuid() == 0, "needs root"))
    func `root takes no image that another user can change`() async throws {
        let scene = try Scene()
        let image = try image("disk.raw", Self.content())
        chmod(image.path, 0o666)
        let error = await #expect(throws: VolumeError.self) { try await scene.service.create(request(image)) }
        #expect(error?.code == .notPermitted)
        #expect(try await scene.service.flows(limit: 1).isEmpty)
    }

    @Test func `a volume is not smaller than its image, and the error names both sizes`() async throws {
        let scene = try Scene()
        let image = try image("disk.raw", Data(count: 2 << 20))
        for size in [SizeExpression.exactly(try #require(ByteCount(bytes: 1 << 20))), .allFree] {
            let error = await #expect(throws: VolumeError.self) { try await scene.service.create(request(image, size)) }
            #expect(error?.code == .invalidInput && error?.cause?.contains("2097152 bytes") == true)
            if case .exactly = size { #expect(error?.cause?.contains("1048576 bytes") == true) }
        }
        #expect(try await scene.service.flows(limit: 1).isEmpty)
        let larger = try #require(ByteCount(bytes: 3 << 20))
        #expect(try await scene.service.create(request(image, .exactly(larger))).volume.size == larger)
    }

    @Test func `the volume is downloading until the image is written, and can't be removed`() async throws {
        let scene = try Scene()
        let image = try image("disk.raw", Self.content())
        // The flow is left before the driver's step.
        var control = RequestControl()
        control.waits = false
        let begun = try await scene.service.handingOver { _ in }.create(request(image), control: control)
        #expect(begun.volume.status == .downloading)
        await #expect(throws: VolumeError.self) { try await scene.service.delete("data") }
        try await scene.service.resume(begun.volume.flow)
        #expect(try await scene.service.find("data").status == .available)
    }

    @Test(arguments: [true, false])
    func `an image that has changed or vanished since it was checked is refused, and nothing is left`(vanishes: Bool)
        async throws
    {
        let scene = try Scene()
        let image = try image("disk.raw", Self.content())
        var control = RequestControl()
        control.waits = false
        let begun = try await scene.service.handingOver { _ in }.create(request(image), control: control)
        if vanishes {
            try FileManager.default.removeItem(atPath: image.path)
        } else {
            try Data(count: 3 << 20).write(to: URL(filePath: image.path))
        }
        try await scene.service.resume(begun.volume.flow)
        let error = await #expect(throws: VolumeError.self) {
            try await scene.service.wait(for: begun.volume.flow, control: RequestControl())
        }
        #expect(error?.code == .driverFailed)
        #expect(error?.message.contains("is not the file that was checked") == true)
        try await scene.expectNothing()
    }

    @Test(arguments: [
        (HookedDriver.Call.writeImage, HookedDriver.Moment.before), (.writeImage, .after), (.compare, .before),
    ])
    func `if the image can't be written, nothing is left`(call: HookedDriver.Call, moment: HookedDriver.Moment)
        async throws
    {
        let scene = try Scene()
        let image = try image("disk.raw", Self.content())
        for code in [DriverError.Code.notFound, .refused, .broken, .busy] {
            scene.fail(call, moment, with: code)
            // The look that would show the volume's absence decides, and not the kind of the failure.
            let error = await #expect(throws: VolumeError.self) { try await scene.service.create(request(image)) }
            #expect(error?.code == (code == .busy ? .conflict : .driverFailed))
            try await scene.expectNothing()
        }
    }

    @Test func `a driver that has not written what it says is not believed`() async throws {
        let scene = try LyingScene()
        let image = try image("disk.raw", Self.content())
        scene.faults.order(.doneWithoutEffect, for: .writeImage)
        let error = await #expect(throws: VolumeError.self) { try await scene.service.create(request(image)) }
        #expect(error?.code == .driverFailed && error?.message.contains("their contents differ") == true)
        try await scene.expectNothing()
    }

    private func service(withholding withheld: [String: DriverFeatures]) throws -> VolumeService {
        let pools = withheld.sorted { $0.key < $1.key }
            .enumerated()
            .map { index, pool in
                let backend = LoopbackDriver(directory: "\(ScratchDirectory.path)/\(pool.key)")
                let driver = HookedDriver(backend, withholding: pool.value) { _, _ in }
                return Pool(name: pool.key, driver: driver, overSubscriptionRatio: 20 - Double(index))
            }
        return try VolumeService(database: TestDatabase.open(), pools: pools)
    }

    @Test func `a pool to whose volumes no image can be written is not chosen, and the verdict says so`() async throws {
        let image = try image("disk.raw", Self.content())
        let volume = try await service(withholding: ["a": .image, "b": []]).create(request(image)).volume
        #expect(volume.pool == "b")
    }

    @Test func `without a pool that takes the image, the error says why`() async throws {
        let image = try image("disk.raw", Self.content())
        let error = await #expect(throws: VolumeError.self) {
            try await service(withholding: ["a": .image]).create(request(image))
        }
        #expect(error?.code == .noValidPool)
        #expect(error?.verdicts.map(\.filter) == ["ImageFormat"])
        #expect(error?.verdicts.first?.why.hasPrefix("raw images can't be written to its volumes") == true)
    }

    @Test func `the caller hears of the progress`() async throws {
        let scene = try Scene()
        let image = try image("disk.raw", Self.content())
        let (heard, hear) = AsyncStream<TransferProgress>.makeStream()
        let service = scene.service.telling { if case .transferring(let progress) = $0 { hear.yield(progress) } }
        _ = try await service.create(request(image))
        hear.finish()
        let all = await heard.reduce(into: []) { $0.append($1) }
        let last = try #require(all.last)
        #expect(last.completed == last.total && last.total > .zero)
    }
}
