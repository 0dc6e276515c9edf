internal import ArgumentParser
internal import VolumeAPI

/// In which form results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case table
    /// For people, with every column, and nothing cut.
    case wide
    /// For programs.
    case json

    /// What is asked for by arguments that can't be parsed, or not yet: an error needs a form, too.
    init(guessing arguments: [String], _ environment: [String: String]) {
        let separate = zip(arguments, arguments.dropFirst()).filter { ["-o", "-f", "--output"].contains($0.0) }.map(\.1)
        let joined = arguments.compactMap { $0.wholeMatch(of: /(?:-o|-f|--output=)(.+)/).map { String($0.1) } }
        let asked = (joined + separate).last ?? environment["VOLUMECTL_OUTPUT"]
        self = asked.flatMap(OutputFormat.init) ?? .table
    }
}

/// How to print results: the same for every command that prints any.
struct OutputOptions: ParsableArguments {
    @Option(
        name: [.customShort("o", allowingJoined: true), .long, .customShort("f", allowingJoined: true)],
        help: "How to print results."
    )
    var output: OutputFormat?

    @Flag(name: .shortAndLong, help: "Print ids only, one a line.")
    var quiet = false

    @Flag(name: .long, help: "Leave out a table's titles.")
    var noHeaders = false

    /// Prints a list. An empty one is `[]` for programs, and for people a note that isn't part of the results.
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
