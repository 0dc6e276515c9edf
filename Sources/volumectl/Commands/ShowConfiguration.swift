internal import ArgumentParser
internal import PoolConfiguration

struct ShowConfiguration: ConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the effective value of every key.",
        discussion: "Touches neither the database nor a pool."
    )

    @Flag(help: "Show where each value comes from: an option, a variable, a line of a file, or the program itself.")
    var origin = false

    @OptionGroup var options: ConfigurationOptions

    @OptionGroup var output: OutputOptions

    var configurationFile: String? { options.config }

    func run(_ settings: Settings) async throws {
        let values =
            settings.values + [
                ConfiguredValue(
                    key: "output",
                    value: settings.choice.rawValue,
                    origin: output.output == nil ? settings.configuration.origin(of: "output") : .option("--output")
                )
            ]
        try await output.print(
            values.map(ConfiguredValueView.init),
            as: settings.output,
            ids: values.map(\.key),
            none: "no values",
            columns: [.init(title: "KEY"), .init(title: "VALUE")] + (origin ? [.init(title: "ORIGIN")] : [])
        ) { index in
            let value = values[index]
            return [value.key, value.value ?? "-"] + (origin ? ["\(value.origin)"] : [])
        }
    }
}

/// A configured value as JSON.
private struct ConfiguredValueView: Encodable {
    struct Origin: Encodable {
        /// `option`, `variable`, `file` or `built_in`.
        let kind: String
        /// The option or the variable; left out for other kinds.
        var name: String?
        /// The file and the line in it; left out for other kinds.
        var file: String?
        var line: Int?
    }

    let schema = "volumectl.configured-value/v1"
    let key: String
    @Nullable var value: String?
    let origin: Origin

    init(_ value: ConfiguredValue) {
        key = value.key
        _value = Nullable(wrappedValue: value.value)
        origin =
            switch value.origin {
            case .option(let name): Origin(kind: "option", name: name)
            case .variable(let name): Origin(kind: "variable", name: name)
            case .file(let path, let line): Origin(kind: "file", file: path, line: line)
            case .builtIn: Origin(kind: "built_in")
            }
    }
}
