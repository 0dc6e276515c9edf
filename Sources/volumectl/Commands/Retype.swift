internal import ArgumentParser
internal import Identity
internal import VolumeAPI

struct Retype: WaitingCommand, ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "retype",
        abstract: "Give a volume another type.",
        discussion: """
            A volume whose pool has what the type demands stays where it is. Any other is
            only moved with --migrate, to the best pool that has; see 'migrate --help'.
            """
    )

    @Argument(help: "A complete name or id.", completion: .volumes)
    var volume: String

    @Argument(help: "The name of the new type.", completion: .types)
    var type: String

    @Flag(help: "Move it to another pool if its own does not suit the type.")
    var migrate = false

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "give volume \"\(volume)\" type \"\(type)\"" }
    var progressFormat: ProgressOptions.Format { progress.progress }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let retyped = try await carryOut(.reverts, by: service, settings) { [volume, type, migrate] service, control in
            try await service.retype(volume, to: type, migrating: migrate, control: control)
        }
        let location = await service.location(of: retyped)
        try output.print(moved: retyped, location, as: settings.output, to: "a pool for type \"\(type)\"")
    }
}
