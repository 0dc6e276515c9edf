extension FlowPicture {
    private static var boxHeight: Double { 40 }
    private static var layerHeight: Double { 64 }
    private static var gateRadius: Double { 3 }
    /// The width of a character of the monospaced font, at 12 pixels.
    private static var characterWidth: Double { 7.3 }
    private static var margin: Double { 12 }

    /// The diagram as an SVG document, from top to bottom, for light and dark backgrounds. It refers to nothing outside,
    /// and contains no script.
    public var svg: String {
        let widths = nodes.map { node in
            guard let name = name(of: node) else { return 2 * Self.gateRadius }
            let characters = max(name.count, stateWords(of: node)?.count ?? 0)
            return Double(characters) * Self.characterWidth + 20
        }
        let layers = PictureLayers(predecessors, widths: widths, gap: 24, step: Self.layerHeight)
        let (width, height) = (layers.width + 2 * Self.margin, layers.height + 2 * Self.margin)
        var parts = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(number(width))" height="\(number(height))" \
            viewBox="\(number(-Self.margin)) \(number(-Self.margin)) \(number(width)) \(number(height))" \
            font-family="monospace" font-size="12" text-anchor="middle">
            """,
            "<title>\(name.escapedForXML)</title>",
            """
            <defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">\
            <path d="M0 0L8 4L0 8z" fill="#808080"/></marker></defs>
            """,
        ]
        parts += layers.lines.map { line in
            let isToGate = name(of: line.to) == nil
            let path = path(line.points, above: gap(line.from), below: gap(line.to))
            let end = isToGate ? "" : ##" marker-end="url(#end)""##
            return ##"<path d="\##(path)" fill="none" stroke="#808080"\##(end)/>"##
        }
        parts += nodes.map { node in shape(of: node, at: layers.places[node], widths[node]) }
        return (parts + ["</svg>"]).joined(separator: "\n")
    }

    /// The distance of a line's end from the centre of its node.
    private func gap(_ node: Int) -> Double { name(of: node) == nil ? Self.gateRadius : Self.boxHeight / 2 }

    private func path(_ points: [PictureLayers.Point], above: Double, below: Double) -> String {
        var points = points
        points[0].y += above
        points[points.count - 1].y -= below
        var path = "M\(number(points[0].x)) \(number(points[0].y))"
        for (from, to) in zip(points, points.dropFirst()) {
            let middle = number((from.y + to.y) / 2)
            path += "C\(number(from.x)) \(middle) \(number(to.x)) \(middle) \(number(to.x)) \(number(to.y))"
        }
        return path
    }

    private func shape(of node: Int, at place: PictureLayers.Point, _ width: Double) -> String {
        let (x, y) = (number(place.x), place.y)
        guard let name = name(of: node) else {
            return ##"<circle cx="\##(x)" cy="\##(number(y))" r="\##(number(Self.gateRadius))" fill="#808080"/>"##
        }
        let border = hasFailed(node) ? "#cc0000" : "#808080"
        let box = """
            <rect x="\(number(place.x - width / 2))" y="\(number(y - Self.boxHeight / 2))" width="\(number(width))" \
            height="\(number(Self.boxHeight))" rx="4" fill="\(state(of: node)?.color ?? "#ffffff")" stroke="\(border)"/>
            """
        guard let words = stateWords(of: node) else {
            return box + #"<text x="\#(x)" y="\#(number(y + 4))">\#(name.escapedForXML)</text>"#
        }
        return box + #"<text x="\#(x)" y="\#(number(y - 3))">\#(name.escapedForXML)</text>"#
            + #"<text x="\#(x)" y="\#(number(y + 13))" font-size="10">\#(words)</text>"#
    }

    /// A coordinate, to a tenth of a pixel.
    private func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        let rest = abs(tenths) % 10
        return (tenths < 0 ? "-" : "") + "\(abs(tenths) / 10)" + (rest == 0 ? "" : ".\(rest)")
    }
}

extension String {
    /// The text without markup. Characters that XML does not allow become question marks.
    fileprivate var escapedForXML: String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case _ where scalar.value < 0x20 || (0xFFFE...0xFFFF).contains(scalar.value): text += "?"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
