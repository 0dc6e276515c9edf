/// The places of a picture's nodes: in layers from top to bottom, each below all that it waits for.
///
/// A line that passes a layer has a place in it, too, so that it crosses no box.
struct PictureLayers {
    struct Point {
        var x: Double
        var y: Double
    }

    /// What has a place in a layer.
    private enum Item: Hashable {
        case node(Int)
        /// A line that passes.
        case line(from: Int, to: Int)
    }

    /// The centre of each node.
    private(set) var places: [Point]
    /// The lines from node to node, each with the points that it passes, from its beginning to its end.
    private(set) var lines: [(from: Int, to: Int, points: [Point])] = []
    private(set) var width = 0.0
    private(set) var height = 0.0

    /// - Parameters:
    ///   - predecessors: the nodes that each node waits for; there is no cycle.
    ///   - widths: the width of each node.
    ///   - gap: the distance of two places side by side.
    ///   - step: the distance of two layers' centres.
    init(_ predecessors: [[Int]], widths: [Double], gap: Double, step: Double) {
        places = Array(repeating: Point(x: 0, y: 0), count: predecessors.count)
        let depths = Self.depths(predecessors)
        var layers = [[Item]](repeating: [], count: (depths.max() ?? -1) + 1)
        for node in predecessors.indices { layers[depths[node]].append(.node(node)) }
        for (node, earlier) in predecessors.enumerated() {
            for other in earlier where depths[node] - depths[other] > 1 {
                for depth in depths[other] + 1..<depths[node] { layers[depth].append(.line(from: other, to: node)) }
            }
        }
        func width(_ item: Item) -> Double { if case .node(let node) = item { widths[node] } else { 0 } }
        let rows = layers.map { layer in layer.reduce(-gap) { $0 + width($1) + gap } }
        self.width = rows.max() ?? 0
        height = Double(layers.count) * step
        var passed: [Item: [Point]] = [:]
        for (depth, layer) in layers.enumerated() {
            let sorted = Self.sorted(layer, predecessors, places, passed)
            var x = (self.width - rows[depth]) / 2
            for item in sorted {
                let place = Point(x: x + width(item) / 2, y: (Double(depth) + 0.5) * step)
                if case .node(let node) = item { places[node] = place } else { passed[item, default: []].append(place) }
                x += width(item) + gap
            }
        }
        for (node, earlier) in predecessors.enumerated() {
            for other in earlier {
                let between = passed[.line(from: other, to: node)] ?? []
                lines.append((other, node, [places[other]] + between + [places[node]]))
            }
        }
    }

    /// The layer of each node: one below the lowest that it waits for.
    private static func depths(_ predecessors: [[Int]]) -> [Int] {
        var depths = [Int](repeating: 0, count: predecessors.count)
        var awaited = predecessors.map(\.count)
        var successors = [[Int]](repeating: [], count: predecessors.count)
        for (node, earlier) in predecessors.enumerated() { for other in earlier { successors[other].append(node) } }
        var ready = predecessors.indices.filter { awaited[$0] == 0 }
        while let node = ready.popLast() {
            for successor in successors[node] {
                depths[successor] = max(depths[successor], depths[node] + 1)
                awaited[successor] -= 1
                if awaited[successor] == 0 { ready.append(successor) }
            }
        }
        return depths
    }

    /// The items of a layer in the order of what they come from, so that few lines cross.
    private static func sorted(
        _ layer: [Item],
        _ predecessors: [[Int]],
        _ places: [Point],
        _ passed: [Item: [Point]]
    ) -> [Item] {
        guard layer.count > 1 else { return layer }
        func origin(_ item: Item) -> Double {
            switch item {
            case .line(let other, _): return passed[item]?.last?.x ?? places[other].x
            case .node(let node):
                let earlier = predecessors[node].map { passed[.line(from: $0, to: node)]?.last?.x ?? places[$0].x }
                return earlier.isEmpty ? 0 : earlier.reduce(0, +) / Double(earlier.count)
            }
        }
        let origins = layer.map(origin)
        return layer.indices.sorted { (origins[$0], $0) < (origins[$1], $1) }.map { layer[$0] }
    }
}
