internal import ArgumentParser
internal import Foundation

/// In which form results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case table
    /// For programs.
    case json
}

/// How to print results: the same for every command that prints any.
struct OutputOptions: ParsableArguments {
    @Option(name: [.short, .long, .customShort("f")], help: "How to print results.")
    var output: OutputFormat?

    @Flag(name: .shortAndLong, help: "Print ids only, one a line.")
    var quiet = false

    @Flag(name: .long, help: "Leave out a table's titles.")
    var noHeaders = false

    var format: OutputFormat {
        output ?? ProcessInfo.processInfo.environment["VOLUMECTL_OUTPUT"].flatMap(OutputFormat.init) ?? .table
    }

    /// Prints a list. An empty one is `[]` for programs, and for people a note that isn't part of the results.
    func print<View: Encodable>(
        _ views: [View],
        ids: [String],
        none: String,
        columns: [Table.Column],
        row: (Int) -> [String]
    ) throws {
        if quiet {
            for id in ids { Console.result(id) }
        } else if format == .json {
            Console.result(views.isEmpty ? "[]" : try JSONOutput.text(views))
        } else if views.isEmpty {
            Console.note(none)
        } else {
            var table = Table(columns, rows: views.indices.map(row))
            table.isBare = noHeaders
            for line in table.lines { Console.result(line) }
        }
    }
}
