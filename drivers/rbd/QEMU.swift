internal import Exports
internal import Foundation
internal import Programs
internal import VolumeDriver

/// QEMU's tools, which transfer images. They read and write RBD without the kernel.
struct QEMU: Sendable {
    /// An image file according to `qemu-img info`.
    struct Info: Decodable, Sendable {
        struct Specific: Decodable, Sendable {
            struct Details: Decodable, Sendable {
                let dataFile: String?
                let isCorrupt: Bool?

                private enum CodingKeys: String, CodingKey {
                    case dataFile = "data-file"
                    case isCorrupt = "corrupt"
                }
            }

            let data: Details?
        }

        let size: ByteCount
        let backingFile: String?
        let specific: Specific?

        private enum CodingKeys: String, CodingKey {
            case size = "virtual-size"
            case backingFile = "backing-filename"
            case specific = "format-specific"
        }
    }

    /// The packages of the tools and of their RBD support.
    static let program = "qemu-img"
    static let package = "qemu-utils and qemu-block-extra"

    let runner: any ProgramRunner

    /// Whether QEMU's RBD support is installed, which is a separate package in Debian.
    static var canReadRBD: Bool {
        let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"]
        return folders.contains { FileManager.default.fileExists(atPath: "\($0)/qemu/block-rbd.so") }
            || folders.contains { FileManager.default.fileExists(atPath: "\($0)/qemu-kvm/block-rbd.so") }
    }

    /// Reads the metadata of an image file in the format that its owner has stated.
    ///
    /// - Throws: `refused` if the file is not of that format, or refers to other files of this host.
    func info(_ image: VolumeImage, _ action: String) async throws(DriverError) -> Info {
        let arguments = ["info", "--output", "json", "-f", image.format.rawValue, image.path]
        let call = ProgramCall(Self.program, arguments)
        let result = try await execute(call, action)
        guard result.isSuccess else {
            throw DriverError(
                .refused,
                "cannot \(action): the image can't be read as \(image.format.rawValue)",
                call,
                result,
                remedy: "check it: `qemu-img info '\(image.path)'`"
            )
        }
        let info = try CephTool.Answer(errno: nil, call: call, result: result).decoded(Info.self, action)
        if let other = info.backingFile ?? info.specific?.data?.dataFile {
            throw DriverError(
                .refused,
                "cannot \(action): the image refers to another file, '\(other)'",
                remedy: "merge them: `qemu-img convert -O qcow2`"
            )
        }
        guard info.specific?.data?.isCorrupt != true else {
            throw DriverError(
                .refused,
                "cannot \(action): the image is marked as corrupt",
                remedy: "get the whole file again; `qemu-img check -r all '\(image.path)'` repairs a copy of it"
            )
        }
        if image.format == .qcow2 {
            try await ImageCheck(runner, package: Self.package).check(image.path, as: image.path, to: action)
        }
        return info
    }

    /// Creates a small file that reads as the image, followed by zeros up to `size`.
    func overlay(
        _ image: VolumeImage,
        size: ByteCount,
        at path: String,
        _ action: String
    ) async throws(DriverError) {
        let source = NBDImage.file(image.path, format: image.format).specification
        let backing = ["-F", image.format.rawValue, "-b", source]
        let arguments = ["create", "-q", "-f", "qcow2"] + backing + [path, "\(size.bytes)"]
        let call = ProgramCall(Self.program, arguments)
        let result = try await execute(call, action)
        guard result.isSuccess else { throw DriverError(.broken, "cannot \(action)", call, result) }
    }

    /// Copies an image from and to what the arguments say.
    ///
    /// - Parameter size: the virtual size of the image, for the progress.
    func convert(
        _ arguments: [String],
        environment: [String: String] = [:],
        size: ByteCount,
        _ options: TransferOptions,
        _ action: String,
        leftBehind: String? = nil
    ) async throws(DriverError) {
        let limit = options.bytesPerSecond.map { ["-r", "\($0.bytes)"] } ?? []
        let call = ProgramCall(
            Self.program,
            ["convert", "-p"] + limit + arguments,
            environment: environment,
            timeLimit: CephTool.dataTimeLimit
        )
        let line = ProgressMeter(options).qemuImgListener(total: size)
        let result = try await execute(call, action, leftBehind: leftBehind, line: line)
        guard result.isSuccess else {
            let remedy = "check the free space, and whether the cluster answers"
            throw DriverError(.broken, "cannot \(action)", call, result, remedy: remedy, leftBehind: leftBehind)
        }
    }

    private func execute(
        _ call: ProgramCall,
        _ action: String,
        leftBehind: String? = nil,
        line: LineListener? = nil
    ) async throws(DriverError) -> ProgramResult {
        do {
            return try await runner.run(call, line: line)
        } catch {
            throw DriverError(error, "cannot \(action)", package: Self.package, leftBehind: leftBehind)
        }
    }
}
