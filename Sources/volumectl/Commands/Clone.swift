internal import ArgumentParser
internal import VolumeAPI

struct Clone: CreatingCommand {
    static let configuration = CommandConfiguration(
        commandName: "clone",
        abstract: "Create a copy of a volume, in the same pool."
    )

    @Argument(help: "The complete name or id of the volume to copy.")
    var source: String

    @Argument(help: "The name of the copy.")
    var name: String

    @Argument(help: "The size of the copy; by default the size of the volume.")
    var size: String?

    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func check() throws { _ = try request() }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        try await create(try request(), service, settings)
    }

    private func request() throws -> VolumeRequest {
        try VolumeRequest(words: name, size: size, source: .volume(source), pool: nil)
    }
}
