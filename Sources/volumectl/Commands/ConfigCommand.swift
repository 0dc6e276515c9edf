internal import ArgumentParser
internal import PoolConfiguration
internal import VolumeAPI
internal import Volumes

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show and check the configuration.",
        subcommands: [PrintSample.self, CheckConfiguration.self, ShowConfiguration.self]
    )
}

struct PrintSample: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample",
        abstract: "Print a commented configuration file.",
        discussion: "Every value in it is the default."
    )

    func run() throws { try Console.result(ConfigurationSample.text) }
}

struct CheckConfiguration: ConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the configuration, and show where it comes from.",
        discussion: "Touches neither the database nor a pool. Exits with 64 if something is wrong."
    )

    @OptionGroup var options: ConfigurationOptions

    @OptionGroup var output: OutputOptions

    var configurationFile: String? { options.config }

    func run(_ settings: Settings) throws {
        let view = ConfigurationView(settings)
        if output.quiet { return }
        try settings.output == .json ? Console.result(json: view) : Console.result(view.lines(as: settings.output))
    }
}

/// The configuration as JSON.
private struct ConfigurationView: Encodable {
    let schema = "volumectl.configuration/v1"
    /// The files that were read, in order of precedence.
    let files: [String]
    let database: String
    let project: String
    @Nullable var pool: String?
    let enabledPools: [String]
    /// The pools that are described but not enabled.
    let otherPools: [String]

    init(_ settings: Settings) {
        files = settings.files
        database = "\(settings.database)"
        project = settings.project
        _pool = Nullable(wrappedValue: settings.pool)
        enabledPools = settings.pools.map(\.name)
        otherPools = settings.otherPools
    }

    func lines(as format: OutputFormat) -> [String] {
        func list(_ words: [String]) -> String { words.isEmpty ? "none" : words.joined(separator: ", ") }
        return Table.details(
            [
                ["files", list(files)], ["database", database], ["project", project],
                ["pool", pool ?? "the one with the most free capacity"], ["enabled pools", list(enabledPools)],
                ["other pools", list(otherPools)],
            ],
            as: format
        )
    }
}
