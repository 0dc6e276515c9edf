/// The order of a graph flow's parts: who needs whose values, and who is linked to whom.
struct PartGraph {
    let parts: [LoweredPart]
    private(set) var predecessors: [Set<Int>]
    private(set) var problems: [String] = []
    /// The parts, each after all that it waits for; without those that wait for each other.
    private(set) var order: [Int] = []
    /// For a part, the deciders on its links, each with the part before the link.
    private(set) var deciders: [Int: [(earlier: Int, decider: Decider)]] = [:]

    init(name: String, parts: [LoweredPart], links: [LoweredPart.Link], target: String?) {
        self.parts = parts
        predecessors = Array(repeating: [], count: parts.count)
        linkBySymbols()
        for link in links { add(link, in: name) }
        sort(name)
        if let target { restrict(to: target, in: name) }
    }

    /// The parts that are in the flow.
    var members: [LoweredPart] { order.map { parts[$0] } }

    /// The parts that nothing waits for.
    var sinks: [Int] {
        let awaited = order.reduce(into: Set<Int>()) { $0.formUnion(predecessors[$1]) }
        return order.filter { !awaited.contains($0) }
    }

    /// All that `part` waits for, directly or not, in the order in which they run.
    func ancestors(of part: Int) -> [Int] {
        var (found, open) = (Set<Int>(), Array(predecessors[part]))
        while let next = open.popLast() {
            if found.insert(next).inserted { open += predecessors[next] }
        }
        return order.filter(found.contains)
    }

    private mutating func linkBySymbols() {
        var providers: [String: [Int]] = [:]
        for (index, part) in parts.enumerated() {
            for symbol in part.provides { providers[symbol, default: []].append(index) }
        }
        for (index, part) in parts.enumerated() {
            for symbol in part.requires {
                predecessors[index].formUnion((providers[symbol] ?? []).filter { $0 != index })
            }
        }
    }

    private mutating func add(_ link: LoweredPart.Link, in graph: String) {
        let ends = [link.earlier, link.later].map { name in parts.firstIndex { $0.name == name } }
        for (name, end) in zip([link.earlier, link.later], ends) where end == nil {
            problems.append("graph '\(graph)' has no part '\(name)' to link")
        }
        guard let earlier = ends[0], let later = ends[1] else { return }
        predecessors[later].insert(earlier)
        if let decider = link.decider { deciders[later, default: []].append((earlier, decider)) }
    }

    private mutating func restrict(to target: String, in graph: String) {
        guard let part = parts.firstIndex(where: { $0.name == target }) else {
            problems.append("graph '\(graph)' has no part '\(target)' to target")
            return
        }
        order = ancestors(of: part) + [part]
    }

    /// Takes the first part that waits for nothing more, again and again.
    private mutating func sort(_ name: String) {
        var awaited = predecessors.map(\.count)
        var successors = [[Int]](repeating: [], count: parts.count)
        for (part, before) in predecessors.enumerated() {
            for predecessor in before { successors[predecessor].append(part) }
        }
        var ready = Array(parts.indices.filter { awaited[$0] == 0 }.reversed())
        while let part = ready.popLast() {
            order.append(part)
            for successor in successors[part].sorted(by: >) {
                awaited[successor] -= 1
                if awaited[successor] == 0 { ready.append(successor) }
            }
        }
        guard order.count < parts.count else { return }
        let rest = parts.indices.filter { awaited[$0] > 0 }.map { "'\(parts[$0].name)'" }
        problems.append("in graph '\(name)' \(rest.joined(separator: ", ")) wait for each other")
    }
}
