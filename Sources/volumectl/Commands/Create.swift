internal import ArgumentParser
internal import VolumeAPI

struct Create: CreatingCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a volume.",
        usage: """
            volumectl create NAME SIZE [--pool POOL]
            volumectl create --size SIZE [--name NAME] [--pool POOL]
            volumectl create NAME [SIZE] --snapshot SNAPSHOT
            volumectl create NAME [SIZE] --source VOLUME
            volumectl create NAME [SIZE] --image FILE --image-format raw|qcow2
            """
    )

    @OptionGroup var arguments: CreateArguments
    @OptionGroup var attributes: AttributeOptions
    @OptionGroup var placement: PlacementOptions
    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var progressFormat: ProgressOptions.Format { progress.progress }

    func request() throws -> VolumeRequest { try arguments.request(attributes, placement) }
}
