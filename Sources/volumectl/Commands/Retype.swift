internal import ArgumentParser
internal import Identity
internal import VolumeAPI

struct Retype: WaitingCommand {
    static let configuration = CommandConfiguration(
        commandName: "retype",
        abstract: "Give a volume another type.",
        discussion: """
            A volume whose pool has what the type demands stays where it is. Any other is only
            moved with --migrate, to the best pool that has; see 'migrate --help'.
            """
    )

    @Argument(help: "A complete name or id.")
    var volume: String

    @Argument(help: "The name of the new type.")
    var type: String

    @Flag(help: "Move it to another pool if its own does not suit the type.")
    var migrate = false

    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let retyped = try await carryOut(.reverts, by: service, settings) { [volume, type, migrate] service, control in
            try await service.retype(volume, to: type, migrating: migrate, control: control)
        }
        let location = await service.location(of: retyped)
        try output.print(moved: retyped, location, as: settings.output, to: "a pool for type \"\(type)\"")
    }
}
