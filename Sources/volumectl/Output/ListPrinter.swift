internal import VolumeAPI

/// Prints a list page by page, so that memory use does not grow with its length.
///
/// A list as JSON is one array, which is closed even if the list ends with an error. The first page determines the
/// widths of a table's columns.
struct ListPrinter<Row, View: Encodable> {
    let options: OutputOptions
    let format: OutputFormat
    /// The note about an empty list.
    let none: String
    let columns: [Table.Column]
    let id: (Row) -> String
    let view: (Row) async -> View
    /// The texts of a row's cells.
    let cells: (Row) async -> [String]

    /// The table, after its first page.
    private var table: Table?
    private var isEmpty = true

    init(
        _ options: OutputOptions,
        as format: OutputFormat,
        none: String,
        columns: [Table.Column],
        id: @escaping (Row) -> String,
        view: @escaping (Row) async -> View,
        cells: @escaping (Row) async -> [String]
    ) {
        (self.options, self.format, self.none, self.columns) = (options, format, none, columns)
        (self.id, self.view, self.cells) = (id, view, cells)
    }

    mutating func print(_ rows: some Collection<Row>) async throws {
        guard !rows.isEmpty else { return }
        if options.quiet {
            try Console.result(rows.map(id))
        } else if format == .json {
            var views: [View] = []
            for row in rows { views.append(await view(row)) }
            try Console.result(
                piece: Notation.current.text(of: views, isFirst: isEmpty, hasHeader: !options.noHeaders)
            )
        } else {
            try await printTable(rows)
        }
        isEmpty = false
    }

    /// Ends the list, whether it is complete or not.
    func end() throws {
        guard !options.quiet else { return }
        if format == .json { try Console.result(piece: Notation.current.end(afterNone: isEmpty)) }
        if isEmpty, format != .json || !Notation.current.isStructured { Console.note(none) }
    }

    private mutating func printTable(_ rows: some Collection<Row>) async throws {
        let shown = columns.indices.filter { format == .wide || !columns[$0].isExtra }
        var texts: [[String]] = []
        for row in rows {
            let cells = await cells(row)
            texts.append(
                shown.map { columns[$0].fit == .shortened && format != .wide ? cells[$0].cut(to: 60) : cells[$0] }
            )
        }
        if table != nil {
            table?.rows = texts
            table?.isBare = true
        } else {
            var first = Table(shown.map { columns[$0] }, rows: texts)
            first.isBare = options.noHeaders
            if format == .wide { first.width = nil }
            first.fixWidths()
            table = first
        }
        try Console.result(table?.lines ?? [])
    }
}
