internal import Foundation
public import Programs
public import VolumeDriver

/// `qemu-img`, which converts and compares images. Formats are always stated, never guessed.
public struct ImageTool: Sendable {
    /// An image file according to `qemu-img info`.
    private struct Info: Decodable {
        struct Specific: Decodable {
            struct Details: Decodable {
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

    /// The name of the program.
    public static let program = "qemu-img"
    /// A limit for calls that move the data of any volume.
    private static let timeLimit = Duration.seconds(24 * 3600)

    private let runner: any ProgramRunner
    private let package: String

    /// - Parameters:
    ///   - runner: executes the tool.
    ///   - package: the package that contains it, for the remedy.
    public init(_ runner: any ProgramRunner, package: String) {
        self.runner = runner
        self.package = package
    }

    /// Whether the tool is installed.
    public static var isInstalled: Bool { ProgramPath.find(program) != nil }

    /// Returns the virtual size of an image file in the format that its owner has stated.
    ///
    /// - Parameter action: what the image is needed for, as the words after "cannot" in errors.
    /// - Throws: `refused` if its path is not absolute, the file is not of that format, is damaged, or refers to other files
    ///   of this host.
    public func size(of image: VolumeImage, to action: String) async throws(DriverError) -> ByteCount {
        guard image.path.hasPrefix("/"), !image.path.utf8.contains(0) else {
            throw DriverError(.refused, "cannot \(action): the path of the image is not absolute")
        }
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
        guard let info = try? JSONDecoder().decode(Info.self, from: Data(result.output.utf8)) else {
            throw DriverError(
                .broken,
                "cannot \(action): the output of `\(call)` can't be parsed",
                remedy: "run it by hand"
            )
        }
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
            try await ImageCheck(runner, package: package).check(image.path, as: image.path, to: action)
        }
        return info.size
    }

    /// Creates a small file that reads as the image, followed by zeros up to `size`.
    public func makeOverlay(
        over image: VolumeImage,
        size: ByteCount,
        at path: String,
        to action: String
    ) async throws(DriverError) {
        let source = NBDImage.file(image.path, format: image.format).specification
        let backing = ["-F", image.format.rawValue, "-b", source]
        let arguments = ["create", "-q", "-f", "qcow2"] + backing + [path, "\(size.bytes)"]
        let call = ProgramCall(Self.program, arguments)
        let result = try await execute(call, action)
        guard result.isSuccess else { throw DriverError(.broken, "cannot \(action)", call, result) }
    }

    /// Copies an image.
    ///
    /// - Parameters:
    ///   - arguments: the options, the source and the target.
    ///   - environment: the variables that the images need.
    ///   - size: the virtual size of the image, for the progress.
    ///   - action: what the copy is for, as the words after "cannot" in errors.
    ///   - remedy: what to do about a failure.
    ///   - leftBehind: what a failed call may leave.
    /// - Throws: `broken`; `cancelled`.
    public func convert(
        _ arguments: [String],
        environment: [String: String] = [:],
        size: ByteCount,
        _ options: TransferOptions,
        to action: String,
        remedy: String,
        leftBehind: String? = nil
    ) async throws(DriverError) {
        let limit = options.bytesPerSecond.map { ["-r", "\($0.bytes)"] } ?? []
        let call = ProgramCall(
            Self.program,
            ["convert", "-p"] + limit + arguments,
            environment: environment,
            timeLimit: Self.timeLimit
        )
        let line = ProgressMeter(options).qemuImgListener(total: size)
        let result = try await execute(call, action, leftBehind: leftBehind, line: line)
        guard result.isSuccess else {
            throw DriverError(.broken, "cannot \(action)", call, result, remedy: remedy, leftBehind: leftBehind)
        }
    }

    /// Whether two images have the same content; the longer one has to end with zeros.
    ///
    /// - Parameter action: what the comparison is for, as the words after "cannot" in errors.
    /// - Throws: `broken` if one of them can't be read; `cancelled`.
    public func areEqual(_ first: NBDImage, _ second: NBDImage, to action: String) async throws(DriverError) -> Bool {
        // An image can be read while another process writes to it, such as an export.
        let call = ProgramCall(
            Self.program,
            ["compare", "-q", "-U", first.specification, second.specification],
            environment: first.environment.merging(second.environment) { $1 },
            timeLimit: Self.timeLimit
        )
        let result = try await execute(call, action)
        switch result.status {
        case .exited(0): return true
        case .exited(1): return false
        default: throw DriverError(.broken, "cannot \(action)", call, result)
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
            throw DriverError(error, "cannot \(action)", package: package, leftBehind: leftBehind)
        }
    }
}
