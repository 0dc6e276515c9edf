import Foundation
import Identity
import LoopbackDriver
import Programs
import SystemPackage
import TestKit
import Testing
import VolumeDriver

@Suite(
    .scratchDirectory,
    .enabled(if: hasQemuImg, "needs qemu-img: Scripts/install-dependencies qemu-utils")
)
struct DamagedImageTests {
    private let volume = VolumeID.random()
    private var image: String { ScratchDirectory.path + "/image.qcow2" }

    private func driver(
        _ options: LoopbackOptions = LoopbackOptions(),
        _ programs: any ProgramRunner = SystemPrograms()
    ) -> LoopbackDriver {
        LoopbackDriver(directory: ScratchDirectory.path + "/pool", options: options, programs: programs)
    }

    /// Makes an image of 8 MiB with data in its midst.
    private func makeImage(_ options: String..., compressed: Bool = false) async throws -> [UInt8] {
        let raw = ScratchDirectory.path + "/image.raw"
        var content = [UInt8](repeating: 0, count: 8 << 20)
        for place in (1 << 20)..<(1 << 20) + 65536 { content[place] = UInt8(truncatingIfNeeded: place % 251 + 1) }
        try Data(content).write(to: URL(filePath: raw))
        let result = try await SystemPrograms()
            .run(
                ProgramCall(
                    "qemu-img",
                    ["convert", "-f", "raw", "-O", "qcow2"] + (compressed ? ["-c"] : [])
                        + options.flatMap { ["-o", $0] } + [raw, image]
                )
            )
        try #require(result.isSuccess, "\(result.messages)")
        return content
    }

    private func write(_ format: ImageFormat = .qcow2) async throws {
        try await driver().create(volume, size: mebibytes(8), operation: .random())
        let image = VolumeImage(path: image, format: format)
        try await driver().writeImage(image, into: volume, options: TransferOptions(), operation: .random())
    }

    private func content() throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: driver().location(of: volume))))
    }

    private func patch(_ offset: Int, _ bytes: [UInt8]) throws {
        let file = try FileHandle(forUpdating: URL(filePath: image))
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: bytes)
        try file.close()
    }

    @Test(arguments: [[], ["compat=0.10"], ["extended_l2=on"], ["compression_type=zstd"], ["preallocation=metadata"]])
    func `a whole image of any kind is imported to the byte`(options: [String]) async throws {
        let expected = try await makeImage(options.first ?? "cluster_size=64k")
        try await write()
        #expect(try content() == expected)
    }

    @Test func `an image that was not closed is imported to the byte`() async throws {
        let expected = try await makeImage("cluster_size=64k")
        try patch(72, [0, 0, 0, 0, 0, 0, 0, 1])
        try await write()
        #expect(try content() == expected)
    }

    @Test(arguments: [1, 4096, 65535, 65536, 100_000, 200_000, 300_000], [false, true])
    func `an image that was cut off is refused, wherever that was`(missing: Int, isCompressed: Bool) async throws {
        _ = try await makeImage("cluster_size=64k", compressed: isCompressed)
        let size = try status(image).size
        try #require(truncate(image, off_t(size - Int64(missing))) == 0)
        // A compressed image ends with padding.
        if isCompressed, missing == 1 { return }
        let error = await #expect(throws: DriverError.self) { try await write() }
        #expect(error?.code == .refused)
        #expect(try content().allSatisfy { $0 == 0 })
    }

    /// The marks of a corrupt image and of an unknown feature, another version, a negative size, a huge table, encryption.
    @Test(
        arguments: [
            (72, [0, 0, 0, 0, 0, 0, 0, 2]), (72, [0, 0, 1, 0, 0, 0, 0, 0]), (4, [0, 0, 0, 4]),
            (24, [UInt8](repeating: 255, count: 8)), (36, [0x7F, 255, 255, 255]), (32, [0, 0, 0, 2]),
        ] as [(Int, [UInt8])]
    )
    func `an image with an invalid header is refused`(offset: Int, bytes: [UInt8]) async throws {
        _ = try await makeImage("cluster_size=64k")
        try patch(offset, bytes)
        let error = await #expect(throws: DriverError.self) { try await write() }
        #expect(error?.code == .refused)
        #expect(error?.remedy != nil)
        #expect(try content().allSatisfy { $0 == 0 })
    }

    @Test func `a qcow2 volume whose file was cut off is not read out as zeros`() async throws {
        let driver = driver(LoopbackOptions(format: .qcow2))
        _ = try await makeImage("cluster_size=64k")
        try await driver.create(volume, size: mebibytes(8), operation: .random())
        let image = VolumeImage(path: image, format: .qcow2)
        try await driver.writeImage(image, into: volume, options: TransferOptions(), operation: .random())
        let path = driver.location(of: volume)
        try #require(truncate(path, off_t(try status(path).size - 70_000)) == 0)
        let out = VolumeImage(path: ScratchDirectory.path + "/out.raw", format: .raw)
        await #expect(throws: DriverError.self) {
            try await driver.readImage(of: volume, to: out, options: TransferOptions(), operation: .random())
        }
        #expect(!exists(out.path))
    }

    @Test func `a tool that says it is done and did nothing is not believed`() async throws {
        let driver = driver(LoopbackOptions(format: .qcow2), IdlePrograms())
        let error = await #expect(throws: DriverError.self) {
            try await driver.create(volume, size: mebibytes(1), operation: .random())
        }
        #expect(error?.code == .broken)
        #expect(try await driver.inspect(volume) == .absent)
    }
}

/// Reports success for every call.
private struct IdlePrograms: ProgramRunner {
    func run(_ call: ProgramCall, line: LineListener?) async throws(ProgramError) -> ProgramResult {
        ProgramResult(status: .exited(0), output: "", messages: "", isCut: false)
    }
}
