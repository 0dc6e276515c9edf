import Exports
import Programs
import VolumeDriver

/// Creates, resizes and converts qcow2 images with `qemu-img`. Formats are always stated, never guessed.
///
/// Files are passed by paths to the very ones that are open and locked here.
struct QemuImg: Sendable {
    static let package = "the package qemu-utils"
    let programs: any ProgramRunner

    /// Whether the tool is installed.
    var isInstalled: Bool { ImageTool.isInstalled }

    /// Writes an empty image of `size` bytes to the file.
    func create(_ file: HeldFile, size: ByteCount) async throws(DriverError) {
        let arguments = ["create", "-q", "-f", "qcow2", "--", file.file.path, "\(size.bytes)"]
        try await run(arguments, "make a qcow2 image of \(size.bytes) bytes")
    }

    /// Extends the image.
    func resize(_ file: HeldFile, to size: ByteCount) async throws(DriverError) {
        let arguments = ["resize", "-q", "-f", "qcow2", "--", file.file.path, "\(size.bytes)"]
        try await run(arguments, "extend a qcow2 image to \(size.bytes) bytes")
    }

    /// Throws unless the image is complete and consistent.
    ///
    /// - Parameter name: its name in errors.
    func check(_ file: HeldFile, as name: String) async throws(DriverError) {
        try await ImageCheck(programs, package: Self.package).check(file.file.path, as: name, to: "read '\(name)'")
    }

    /// Converts an image into another file, with holes for zeros.
    ///
    /// - Parameter size: the amount to convert, which determines the time limit.
    func convert(
        _ source: HeldFile,
        _ sourceFormat: ImageFormat,
        to target: HeldFile,
        _ format: ImageFormat,
        size: ByteCount,
        options: TransferOptions
    ) async throws(DriverError) {
        let meter = ProgressMeter(options)
        let rate = options.bytesPerSecond.map { ["-r", "\($0.bytes)"] } ?? []
        // Raw files can be read while another process writes to them, such as an export.
        let sharing = sourceFormat == .raw ? ["-U"] : []
        let formats = ["-f", sourceFormat.rawValue, "-O", format.rawValue]
        let slowest = min(options.bytesPerSecond?.bytes ?? .max, 4 << 20)
        try await run(
            ["convert", "-p"] + sharing + rate + formats + ["--", source.file.path, target.file.path],
            "convert an image from \(sourceFormat.rawValue) to \(format.rawValue)",
            timeLimit: .seconds(600) + .seconds(2 * size.bytes / max(1, slowest)),
            line: meter.qemuImgListener(total: size)
        )
        meter.finish(size)
    }

    /// Whether the images have the same content; the longer one has to end with zeros.
    func compare(
        _ first: HeldFile,
        _ firstFormat: ImageFormat,
        with second: HeldFile,
        _ secondFormat: ImageFormat
    ) async throws(DriverError) -> Bool {
        try await ImageTool(programs, package: Self.package)
            .areEqual(
                .file(first.file.path, format: firstFormat),
                .file(second.file.path, format: secondFormat),
                to: "compare two images"
            )
    }

    private func run(
        _ arguments: [String],
        _ action: String,
        timeLimit: Duration = .seconds(60),
        line: LineListener? = nil
    ) async throws(DriverError) {
        let call = ProgramCall(ImageTool.program, arguments, timeLimit: timeLimit)
        let result: ProgramResult
        do throws(ProgramError) {
            result = try await programs.run(call, line: line)
        } catch {
            throw DriverError(error, "cannot \(action)", package: Self.package)
        }
        guard !result.isSuccess else { return }
        let code: DriverError.Code =
            if result.messages.contains("No space left on device") || result.messages.contains("too large") {
                .retryableElsewhere
            } else if result.messages.contains("Failed to get") && result.messages.contains("lock") {
                .busy
            } else if result.messages.contains("error while reading") {
                .refused
            } else {
                .broken
            }
        throw DriverError(code, "cannot \(action)", call, result)
    }
}
