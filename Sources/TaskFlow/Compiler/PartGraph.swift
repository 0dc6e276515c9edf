/// The order of a graph flow's parts, as their values and links require it.
struct PartGraph: Sendable {
    let parts: [LoweredPart]
    private(set) var predecessors: [Set<Int>]
    private(set) var problems: [String] = []
    /// The parts, each after all that it waits for. Parts in a cycle, or after one, are missing.
    private(set) var order: [Int] = []
    /// The deciders on the links to a part, each with the part at the other end of the link.
    private(set) var deciders: [Int: [(earlier: Int, decider: Decider)]] = [:]
    /// The parts that provide a symbol.
    private var providers: [String: [Int]] = [:]
    /// The place of each part in the order; `nil` for a part that isn't in the flow.
    private var places: [Int?] = []
    /// The parts by name. Several parts may share a name as long as no link or target refers to it.
    private let named: [String: [Int]]

    init(name: String, parts: [LoweredPart], links: [LoweredPart.Link], target: String?) {
        self.parts = parts
        predecessors = Array(repeating: [], count: parts.count)
        named = Dictionary(grouping: parts.indices) { parts[$0].name }
        linkBySymbols()
        for link in links { add(link, in: name) }
        sort(name)
        if let target { restrict(to: target, in: name) }
        places = Array(repeating: nil, count: parts.count)
        for (place, part) in order.enumerated() { places[part] = place }
    }

    /// The parts that are in the flow.
    var members: [LoweredPart] { order.map { parts[$0] } }

    /// The parts that nothing waits for.
    var sinks: [Int] {
        let awaited = order.reduce(into: Set<Int>()) { $0.formUnion(predecessors[$1]) }
        return order.filter { !awaited.contains($0) }
    }

    /// All parts that `part` waits for, directly or indirectly, in the order in which they run.
    func ancestors(of part: Int) -> [Int] {
        let found = ancestors(of: part) { _ in true }
        return order.filter(found.contains)
    }

    /// The symbols that the steps in `part`, and the deciders on links to it, may take from other parts.
    func lookups(of part: Int) -> Set<String> {
        let symbols = parts[part].symbols
        return (deciders[part] ?? [])
            .reduce(into: symbols.requires.union(symbols.considers)) { lookups, link in
                lookups.formUnion(((try? link.decider.requires.get()) ?? []).map(\.name))
            }
    }

    /// The parts that provide a symbol and that `part` waits for, directly or indirectly, in the order in which they
    /// run.
    func providers(of symbol: String, before part: Int) -> [Int] {
        guard let place = places[part] else { return [] }
        var (near, far) = ([Int](), Set<Int>())
        for provider in providers[symbol] ?? [] {
            guard let other = places[provider], other < place else { continue }
            if predecessors[part].contains(provider) { near.append(provider) } else { far.insert(provider) }
        }
        if let first = far.compactMap({ places[$0] }).min() {
            // A part that runs before the first of them can't wait for any of them.
            let found = ancestors(of: part) { places[$0].map { $0 >= first } ?? false }
            near += far.intersection(found)
        }
        return near.sorted { (places[$0] ?? 0) < (places[$1] ?? 0) }
    }

    private func ancestors(of part: Int, through isPassable: (Int) -> Bool) -> Set<Int> {
        var (found, open) = (Set<Int>(), Array(predecessors[part]))
        while let next = open.popLast() {
            if isPassable(next), found.insert(next).inserted { open += predecessors[next] }
        }
        return found
    }

    private mutating func linkBySymbols() {
        for (index, part) in parts.enumerated() {
            for symbol in part.symbols.provides { providers[symbol, default: []].append(index) }
        }
        for (index, part) in parts.enumerated() {
            for symbol in part.symbols.requires {
                predecessors[index].formUnion((providers[symbol] ?? []).filter { $0 != index })
            }
        }
    }

    private mutating func add(_ link: LoweredPart.Link, in graph: String) {
        let earlier = part(named: link.earlier, to: "link", in: graph)
        let later = part(named: link.later, to: "link", in: graph)
        guard let earlier, let later else { return }
        predecessors[later].insert(earlier)
        if let decider = link.decider { deciders[later, default: []].append((earlier, decider)) }
    }

    private mutating func restrict(to target: String, in graph: String) {
        guard let part = part(named: target, to: "target", in: graph) else { return }
        order = ancestors(of: part) + [part]
    }

    private mutating func part(named name: String, to verb: String, in graph: String) -> Int? {
        let found = named[name] ?? []
        guard found.count != 1 else { return found[0] }
        problems.append(
            found.isEmpty
                ? "graph '\(graph)' has no part '\(name)' to \(verb)"
                : "graph '\(graph)' has \(found.count) parts '\(name)' to \(verb): give them different names"
        )
        return nil
    }

    /// Sorts the parts topologically; of several parts that may come next it takes the one that was declared first.
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
