internal import ArgumentParser
internal import Identity
internal import VolumeAPI
internal import VolumeDriver

struct Transfer: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer",
        abstract: "Give a volume and its snapshots to another project.",
        discussion: """
            Their quota moves too, and the limits of the other project apply. From then on
            only the other project (VOLUMECTL_PROJECT) sees them. A volume that is in use
            is refused.
            """
    )

    @Argument(help: "A complete name or id.", completion: .volumes)
    var volume: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The project that gets it.", valueName: "project"),
        completion: .projects
    )
    var toProject: String

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "give volume \"\(volume)\" to project \"\(toProject)\"" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let moved = try await service.transfer(volume, to: toProject)
        let volume = moved.volume
        if output.quiet {
            try Console.result(volume.id.description)
        } else if settings.output == .json {
            try Console.result(json: VolumeView(volume, location: await service.location(of: volume)))
        } else {
            let count = moved.snapshots
            let snapshots = count == 0 ? "" : "  with \(count.of("snapshot"))"
            try Console.result("\(volume.label)  \(volume.size)  in project \(volume.project)\(snapshots)")
        }
    }
}
