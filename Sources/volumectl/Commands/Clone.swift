internal import ArgumentParser
internal import VolumeAPI

struct Clone: CreatingCommand {
    static let configuration = CommandConfiguration(
        commandName: "clone",
        abstract: "Create a copy of a volume, in the same pool."
    )

    @Argument(help: "The complete name or id of the volume to copy.", completion: .volumes)
    var source: String

    @Argument(help: "The name of the copy.")
    var name: String

    @Argument(help: "The size of the copy; by default the size of the volume.")
    var size: String?

    @Option(help: "Its volume type; by default that of its source.", completion: .types)
    var type: String?

    @OptionGroup var attributes: AttributeOptions

    @Option(
        help: ArgumentHelp(
            "A name of the request: made again with it within 7 days, the request has the outcome of the first.",
            valueName: "key"
        )
    )
    var idempotencyKey: String?

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func request() throws -> VolumeRequest {
        var request = try VolumeRequest(words: name, size: size, source: .volume(source), pool: nil)
        request.type = type
        request.idempotencyKey = try idempotencyKey.map(IdempotencyKey.init(validating:))
        request.attributes = try attributes.attributes()
        return request
    }
}
