/// A table without borders, with columns as wide as needed.
///
/// Where the width is limited, columns that may be shortened give way first, then the widest of the others, whose
/// longer cells are continued on the lines below.
struct Table {
    struct Column {
        /// The treatment of cells that are too long.
        enum Fit {
            /// They stay whole, because people may type them again.
            case whole
            /// They are cut.
            case shortened
            /// They are wrapped.
            case wrapped

            /// The minimum width of a column, so that its content can be recognised.
            fileprivate var least: Int {
                switch self {
                case .whole: 8
                case .shortened: 16
                case .wrapped: 32
                }
            }
        }

        let title: String
        var isNumber = false
        var fit = Fit.whole
        /// Whether the column is shown only in a wide table.
        var isExtra = false
    }

    let columns: [Column]
    var rows: [[String]] = []
    /// Whether the header is omitted.
    var isBare = false
    /// The beginning of every line.
    var indent = ""
    /// The maximum number of characters in a line; `nil` for any number.
    var width = Console.width
    /// The widths of the columns; `nil` for widths that fit the rows.
    private var fixedWidths: [Int]?

    init(_ columns: [Column], rows: [[String]] = []) {
        self.columns = columns
        self.rows = rows
    }

    var lines: [String] {
        let all = (isBare ? [] : [columns.map(\.title)]) + rows
        let widths = fixedWidths ?? widths(of: all)
        return all.flatMap { lines(of: $0, widths) }
    }

    /// Keeps the current widths for all later rows.
    mutating func fixWidths() { fixedWidths = widths(of: (isBare ? [] : [columns.map(\.title)]) + rows) }

    private func widths(of rows: [[String]]) -> [Int] {
        var widths = columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        guard let width else { return widths }
        var excess = indent.count + widths.reduce(0, +) + 2 * max(0, widths.count - 1) - width
        for column in columns.indices.reversed() where columns[column].fit != .whole && excess > 0 {
            if widths[column] - excess >= columns[column].fit.least {
                widths[column] -= excess
                return widths
            }
            // The column has lines of its own.
            excess -= widths[column] + 2
            widths[column] = min(widths[column], width - indent.count - 2)
        }
        let others = columns.indices.filter { columns[$0].fit == .whole && !columns[$0].isNumber }
        for column in others.sorted(by: { widths[$0] > widths[$1] }) where excess > 0 {
            let cut = min(excess, max(0, widths[column] - columns[column].fit.least))
            widths[column] -= cut
            excess -= cut
        }
        return widths
    }

    /// The lines of a row. Each cell is at the position of its column, or further left where the line would be too
    /// long; it starts a new line where that position is taken.
    private func lines(of row: [String], _ widths: [Int]) -> [String] {
        var (lines, line, length) = ([String](), indent, indent.count)
        var (start, isFirst) = (indent.count, true)
        for column in columns.indices {
            defer { start += widths[column] + 2 }
            for (number, piece) in pieces(of: row[column], columns[column], widths[column]).enumerated() {
                let count = piece.count
                let padding = columns[column].isNumber ? max(0, widths[column] - count) : 0
                var place = start + padding
                if let width { place = min(place, max(indent.count, width - max(count, widths[column] - padding))) }
                if number > 0 || !isFirst && place < length + 2 {
                    if number > 0 || width != nil {
                        lines.append(line)
                        (line, length) = (indent, indent.count)
                    } else {
                        place = length + 2
                    }
                }
                line += String(repeating: " ", count: place - length) + piece
                (length, isFirst) = (place + count, false)
            }
        }
        return lines + [line]
    }

    /// The lines of a cell; none if it is empty, so that no line ends with blanks.
    private func pieces(of cell: String, _ column: Column, _ room: Int) -> [String] {
        if cell.isEmpty { return [] }
        guard let width else { return [cell] }
        return switch column.fit {
        case .whole: cell.chunks(of: max(1, width - indent.count))
        case .shortened: [cell.cut(to: room)]
        case .wrapped: cell.wrapped(to: room, atMost: width - indent.count)
        }
    }
}

extension Table {
    /// The details of one object: a name and a value in each row.
    static func details(_ rows: [[String]], as format: OutputFormat) -> [String] {
        var table = Table([.init(title: ""), .init(title: "", fit: .wrapped)], rows: rows)
        table.isBare = true
        if format == .wide { table.width = nil }
        return table.lines
    }
}

extension String {
    /// The text, cut to `width` characters.
    func cut(to width: Int) -> String { count <= width ? self : prefix(Swift.max(0, width - 1)) + "…" }

    /// The text in lines of `width` characters. A longer word gets a line of its own, of up to `limit` characters.
    fileprivate func wrapped(to width: Int, atMost limit: Int) -> [String] {
        guard count > width || contains("\n") else { return [self] }
        var lines: [String] = []
        for text in split(separator: "\n") {
            var line = ""
            for word in text.split(separator: " ") {
                if line.isEmpty {
                    line = String(word)
                } else if line.count + 1 + word.count <= width {
                    line += " " + word
                } else {
                    lines += line.chunks(of: Swift.max(1, limit))
                    line = String(word)
                }
            }
            lines += line.chunks(of: Swift.max(1, limit))
        }
        return lines
    }

    /// The text in pieces of `size` characters.
    fileprivate func chunks(of size: Int) -> [String] {
        guard count > size else { return [self] }
        return stride(from: 0, to: count, by: size).map { String(dropFirst($0).prefix(size)) }
    }
}
