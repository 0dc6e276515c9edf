internal import ArgumentParser
internal import VolumeAPI

/// The form in which results are printed.
enum OutputFormat {
    /// A table for people.
    case table
    /// A table for people with all columns, uncut.
    case wide
    /// Fields and values for programs, written in the current ``Notation``.
    case json
}

/// A value of the option `--output`.
enum OutputChoice: String, ExpressibleByArgument, CaseIterable {
    case table, wide, json, jsonl, yaml, csv, value, name

    /// Guesses the choice from arguments that could not be parsed, or were not parsed yet, for printing an error.
    init(guessing arguments: [String], _ environment: [String: String]) {
        let separate = zip(arguments, arguments.dropFirst()).filter { ["-o", "-f", "--output"].contains($0.0) }.map(\.1)
        let joined = arguments.compactMap { $0.wholeMatch(of: /(?:-o|-f|--output=)(.+)/).map { String($0.1) } }
        let asked = (joined + separate).last ?? environment["VOLUMECTL_OUTPUT"]
        self = asked.flatMap(OutputChoice.init) ?? .table
    }

    var format: OutputFormat {
        switch self {
        case .table: .table
        case .wide: .wide
        case .json, .jsonl, .yaml, .csv, .value, .name: .json
        }
    }

    var notation: Notation { Notation(rawValue: rawValue) ?? .json }
}

/// The output options of every command that prints results.
struct OutputOptions: ParsableArguments {
    @Option(
        name: [.customShort("o", allowingJoined: true), .long, .customShort("f", allowingJoined: true)],
        help: "The output format: for people, or for programs."
    )
    var output: OutputChoice?

    @Flag(name: .shortAndLong, help: "Print only ids, one per line.")
    var quiet = false

    @Flag(name: .long, help: "Omit the header of a table or of CSV.")
    var noHeaders = false

    /// The options of a command with formats of its own: results are not printed by these, and errors as is configured.
    static var configured: OutputOptions {
        var options = OutputOptions()
        (options.output, options.quiet, options.noHeaders) = (nil, false, false)
        return options
    }

    /// Prints a list. An empty one is `[]` as JSON, and otherwise a note on standard error.
    func print<View: Encodable>(
        _ views: [View],
        as format: OutputFormat,
        ids: [String],
        none: String,
        columns: [Table.Column],
        row: @escaping (Int) -> [String]
    ) async throws {
        var printer = ListPrinter(
            self,
            as: format,
            none: none,
            columns: columns,
            id: { ids[$0] },
            view: { views[$0] },
            cells: row
        )
        try await printer.print(views.indices)
        try printer.end()
    }
}
