internal import ArgumentParser
internal import PoolConfiguration
internal import SQL
internal import VolumeAPI

struct Plan: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a create would do now, without doing it.",
        discussion: """
            Checks the request, the quota and every pool as 'create' does, with the same
            exit codes. Nothing is changed or reserved.
            """
    )

    @OptionGroup var arguments: CreateArguments
    @OptionGroup var attributes: AttributeOptions
    @OptionGroup var placement: PlacementOptions

    @Flag(help: "Show each filter's compared values, and each weigher's score.")
    var explain = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func check() throws { _ = try request() }

    private func request() throws -> VolumeRequest { try arguments.request(attributes, placement) }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let request = try request().withDefaults(of: settings)
        let plan = try await explaining(request.pool, settings) { try await service.plan(request) }
        try output.print(plan, as: settings.output, explains: explain)
    }
}
