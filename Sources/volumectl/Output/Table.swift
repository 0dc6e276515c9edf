/// Rows without lines around them, in columns as wide as they need to be.
struct Table {
    struct Column {
        let title: String
        var isNumber = false
    }

    let columns: [Column]
    var rows: [[String]] = []
    /// Whether the titles are left out.
    var isBare = false
    /// What every line starts with.
    var indent = ""

    init(_ columns: [Column], rows: [[String]] = []) {
        self.columns = columns
        self.rows = rows
    }

    var lines: [String] {
        let all = (isBare ? [] : [columns.map(\.title)]) + rows
        let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            // No blanks at a line's end: the last cell that says something isn't filled up.
            let last = row.lastIndex { !$0.isEmpty } ?? 0
            let cells = row[...last].indices
                .map { column in
                    let padding = String(repeating: " ", count: widths[column] - row[column].count)
                    if columns[column].isNumber { return padding + row[column] }
                    return column == last ? row[column] : row[column] + padding
                }
            return indent + cells.joined(separator: "  ")
        }
    }
}
