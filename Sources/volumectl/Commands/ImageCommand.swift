internal import ArgumentParser
internal import Foundation
internal import Identity
internal import PoolConfiguration
internal import VolumeAPI
internal import VolumeDriver

struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image",
        abstract: "Save volumes as image files.",
        discussion: "'volumectl create NAME --image FILE --image-format FORMAT' makes volumes of images.",
        subcommands: [SaveImage.self]
    )
}

struct SaveImage: WaitingCommand, ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "save",
        abstract: "Save a volume or a snapshot as an image file.",
        discussion: """
            The file appears when it is complete, and never replaces another one. A
            volume has to be available; while it is in use, a snapshot of it can be
            saved, as VOLUME@SNAPSHOT.
            """
    )

    @Argument(
        help: ArgumentHelp("A volume's complete name or id, or VOLUME@SNAPSHOT.", valueName: "name"),
        completion: .volumesAndSnapshots
    )
    var reference: String

    @Argument(help: "The file to create, in an existing directory.", completion: .file())
    var file: String

    @Option(help: ArgumentHelp("The format of the file, raw or qcow2.", valueName: "format"))
    var format: ImageFormat

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "save \"\(reference)\" as \(file)" }

    var progressFormat: ProgressOptions.Format { progress.progress }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let start = Date()
        let image = VolumeImage(argument: file, format: format)
        let saved = try await carryOut(.reverts, by: service, settings) { [reference] service, control in
            try await service.saveImage(of: reference, to: image, control: control)
        }
        guard saved.isComplete else {
            return try output.print(begun: saved.flow, as: settings.output, ImageView(saved)) {
                "flow \(saved.flow): saving \"\(saved.label)\" as \(saved.image.path)"
            }
        }
        if output.quiet {
            try Console.result(saved.image.path)
        } else if settings.output == .json {
            try Console.result(json: ImageView(saved))
        } else {
            try Console.result(
                "\(saved.label)  \(saved.size)  saved as \(saved.image.path)"
                    + "  (\(Date().timeIntervalSince(start).duration))"
            )
        }
    }
}

/// A saved image as JSON.
struct ImageView: Encodable {
    let schema = "volumectl.image/v1"
    let volume: String
    @Nullable var snapshot: String?
    let file: String
    let format: String
    let sizeBytes: Int64
    let flow: String
    /// Whether the file is complete.
    let complete: Bool

    init(_ image: SavedImage) {
        volume = image.volume.description
        _snapshot = Nullable(wrappedValue: image.snapshot?.description)
        (file, format) = (image.image.path, image.image.format.rawValue)
        sizeBytes = image.size.bytes
        flow = image.flow.description
        complete = image.isComplete
    }
}
