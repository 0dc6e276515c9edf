/// What is ignored with a part that a decider has said no to (`taskflow: deciders.py Depth`).
public enum Depth: Int, Sendable, Hashable, CaseIterable {
    /// The part's first steps alone: what comes after them runs.
    case atom
    /// They, and the steps that come directly after them in the same flow.
    case neighbors
    /// They, and all steps after them in the same flow, but none in subflows.
    case flow
    /// They, and everything after them.
    case all
}

/// Decides whether a part of a graph runs, as the compiler takes it.
struct Decider: Sendable {
    let depth: Depth
    let requires: Result<[Port], any Error>
    /// With the values of the ports, `nil` for those that are absent.
    let decide: @Sendable ([(any Sendable)?]) throws -> Bool

    init<Input: Fields>(_ depth: Depth, _ decide: @escaping @Sendable (Input) throws -> Bool) {
        self.depth = depth
        let map = Result { try FieldMap<Input>() }
        requires = map.map(\.ports)
        self.decide = { try decide(map.get().assemble($0)) }
    }
}

/// A decider in its place.
struct CompiledDecider: Sendable {
    let depth: Depth
    /// The last steps of the part before the link; if all of them are ignored, nobody is asked.
    let earlier: [Int]
    let requires: [Port]
    let sources: [CompiledAtom.Source]
    let decide: @Sendable ([(any Sendable)?]) throws -> Bool
}

extension Recipe {
    /// What is ignored, with `atom` itself, if a decider of that depth says no to it; in the order of the steps.
    func ignored(with atom: Int, to depth: Depth) -> [Int] {
        let successors: (Int) -> [Int]
        switch depth {
        case .atom:
            return [atom]
        case .neighbors:
            return [atom] + graph.successors[atom].filter { isNeighbor($0, of: atom) }.sorted()
        case .flow:
            successors = { node in graph.successors[node].filter { isNeighbor($0, of: atom) } }
        case .all:
            successors = { graph.successors[$0] }
        }
        var (found, open): (Set<Int>, [Int]) = ([atom], [atom])
        while let next = open.popLast() {
            for successor in successors(next) where found.insert(successor).inserted { open.append(successor) }
        }
        return found.filter { !graph.isGate($0) }.sorted()
    }

    private func isNeighbor(_ node: Int, of atom: Int) -> Bool {
        !graph.isGate(node) && atoms[node].flow == atoms[atom].flow && !atoms[node].atom.isRetry
    }
}
