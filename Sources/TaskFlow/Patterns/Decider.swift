/// How far the refusal of a decider reaches: the steps that are ignored with the refused part
/// (`taskflow: deciders.py Depth`).
public enum Depth: Int, Sendable, Hashable, CaseIterable {
    /// Only the first steps of the part; later steps run.
    case atom
    /// The first steps of the part, and the steps directly after them in the same flow.
    case neighbors
    /// The first steps of the part, and all steps after them in the same flow, but none in subflows.
    case flow
    /// The first steps of the part, and all steps after them.
    case all
}

/// A decider, which decides whether a part of a graph runs, in the form that the compiler takes.
struct Decider: Sendable {
    let depth: Depth
    let requires: Result<[Port], any Error>
    /// Takes the values of the ports; `nil` for absent ones.
    let decide: @Sendable ([(any Sendable)?]) throws -> Bool

    init<Input: Fields>(_ depth: Depth, _ decide: @escaping @Sendable (Input) throws -> Bool) {
        self.depth = depth
        let map = Result { try FieldMap<Input>() }
        requires = map.map(\.ports)
        self.decide = { try decide(map.get().assemble($0)) }
    }
}

/// A decider with the sources of its inputs.
struct CompiledDecider: Sendable {
    let depth: Depth
    /// The last steps of the part before the link. If all of them are ignored, the decider isn't asked.
    let earlier: [Int]
    let requires: [Port]
    let sources: [CompiledAtom.Source]
    let decide: @Sendable ([(any Sendable)?]) throws -> Bool
}

extension Recipe {
    /// The steps, including `atom`, that are ignored if a decider of that depth refuses `atom`; in the order of the
    /// steps.
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
