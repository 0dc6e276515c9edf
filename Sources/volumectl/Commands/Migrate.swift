internal import ArgumentParser
internal import Identity
internal import VolumeAPI
internal import VolumeDriver

struct Migrate: WaitingCommand, ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Move a volume to another pool.",
        discussion: """
            The content is copied by way of a file in /var/tmp, read back and compared;
            then the old data is removed. A volume that is in use or has snapshots is
            refused, and one that is being moved can't be used.
            """
    )

    @Argument(help: "A complete name or id.", completion: .volumes)
    var volume: String

    @Option(
        name: .customLong("to"),
        parsing: .unconditional,
        help: ArgumentHelp("The new pool.", valueName: "pool"),
        completion: .pools
    )
    var target: String

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "move volume \"\(volume)\" to pool \"\(target)\"" }
    var progressFormat: ProgressOptions.Format { progress.progress }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let moved = try await explaining(target, settings) {
            try await carryOut(.reverts, by: service, settings) { [volume, target] service, control in
                try await service.migrate(volume, to: target, control: control)
            }
        }
        try output.print(moved: moved, await service.location(of: moved), as: settings.output, to: "pool \(target)")
    }
}

extension OutputOptions {
    /// Prints a volume that has been moved or retyped, or the flow that does so.
    func print(moved volume: Volume, _ location: String, as format: OutputFormat, to place: String) throws {
        let view = VolumeView(volume, location: location)
        if volume.status == .migrating {
            return try print(begun: volume.flow, as: format, view) {
                "flow \(volume.flow): moving volume \"\(volume.label)\" to \(place)"
            }
        }
        if quiet {
            try Console.result(volume.id.description)
        } else if format == .json {
            try Console.result(json: view)
        } else {
            try Console.result(
                "\(volume.label)  \(volume.size)  pool \(volume.pool ?? "-")  type \(volume.type ?? "-")  "
                    + volume.status.rawValue
            )
        }
    }
}
