/// Rows without lines around them, in columns as wide as they need to be.
struct Table {
    struct Column {
        let title: String
        var isNumber = false
        /// Whether its cells are cut where the table is wider than the terminal: never those of names and ids.
        var isShortened = false
        /// Whether it is left out unless a wide table is asked for.
        var isExtra = false
    }

    let columns: [Column]
    var rows: [[String]] = []
    /// Whether the titles are left out.
    var isBare = false
    /// What every line starts with.
    var indent = ""
    /// How many characters a line may have; `nil` for any number.
    var width = Console.width
    /// How wide each column is; `nil` for as wide as the rows need it to be.
    private var fixedWidths: [Int]?

    init(_ columns: [Column], rows: [[String]] = []) {
        self.columns = columns
        self.rows = rows
    }

    var lines: [String] {
        let all = (isBare ? [] : [columns.map(\.title)]) + rows
        let widths = fixedWidths ?? widths(of: all)
        return all.map { row in
            // No blanks at a line's end: the last cell that says something isn't filled up.
            let last = row.lastIndex { !$0.isEmpty } ?? 0
            let cells = row[...last].indices
                .map { column in
                    let cell = columns[column].isShortened ? row[column].cut(to: widths[column]) : row[column]
                    let padding = String(repeating: " ", count: max(0, widths[column] - cell.count))
                    if columns[column].isNumber { return padding + cell }
                    return column == last ? cell : cell + padding
                }
            return indent + cells.joined(separator: "  ")
        }
    }

    /// Keeps the columns as wide as they are now, whatever rows come later.
    mutating func fixWidths() { fixedWidths = widths(of: (isBare ? [] : [columns.map(\.title)]) + rows) }

    private func widths(of rows: [[String]]) -> [Int] {
        var widths = columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        guard let width else { return widths }
        var excess = indent.count + widths.reduce(0, +) + 2 * max(0, widths.count - 1) - width
        for column in columns.indices.reversed() where columns[column].isShortened && excess > 0 {
            // So much of it that one can tell what it is about.
            let cut = min(excess, max(0, widths[column] - 16))
            widths[column] -= cut
            excess -= cut
        }
        return widths
    }
}

extension String {
    /// Its beginning, in so many characters.
    func cut(to width: Int) -> String { count <= width ? self : prefix(Swift.max(0, width - 1)) + "…" }
}
