/// Something that stands in a flow, as the compiler takes it: an atom, or a flow of further parts.
public struct LoweredPart: Sendable {
    enum Content: Sendable {
        case atom(LoweredAtom)
        /// With the retry that decides what becomes of it after a failure.
        indirect case flow(Pattern, [LoweredPart], retry: LoweredPart?)
        /// Can't be used, for this reason.
        case broken(String)
    }

    enum Pattern: Sendable {
        case linear
        case unordered
        case graph([Link])
    }

    struct Link: Sendable {
        let earlier: String
        let later: String
    }

    let name: String
    let content: Content

    init(_ atom: LoweredAtom) { (name, content) = (atom.name, .atom(atom)) }

    init(name: String, pattern: Pattern, retry: (any FlowPart)?, parts: [any FlowPart]) {
        self.name = name
        content = .flow(pattern, parts.map { $0.lowered() }, retry: retry?.lowered())
    }

    private init(name: String, content: Content) { (self.name, self.content) = (name, content) }

    /// The part with one more link, if it is a graph.
    func linking(_ link: Link) -> LoweredPart {
        guard case .flow(.graph(let links), let parts, let retry) = content else { return self }
        return LoweredPart(name: name, content: .flow(.graph(links + [link]), parts, retry: retry))
    }

    init(name: String, broken problem: String) { (self.name, content) = (name, .broken(problem)) }

    /// The symbols that it gives.
    var provides: Set<String> {
        switch content {
        case .atom(let atom): Set(atom.provides.map(\.name))
        case .flow(_, let parts, let retry): parts.reduce(into: retry?.provides ?? []) { $0.formUnion($1.provides) }
        case .broken: []
        }
    }

    /// The symbols that it needs of what is around it.
    var requires: Set<String> {
        switch content {
        case .atom(let atom):
            return Set(atom.requires.filter { $0.injected == nil }.map(\.symbol.name))
        case .flow(.linear, let parts, let retry):
            var (given, needed): (Set<String>, Set<String>) = ([], [])
            for part in (retry.map { [$0] } ?? []) + parts {
                needed.formUnion(part.requires.subtracting(given))
                given.formUnion(part.provides)
            }
            return needed
        case .flow(.unordered, let parts, let retry):
            return parts.reduce(into: Set()) { $0.formUnion($1.requires) }
                .subtracting(retry?.provides ?? []).union(retry?.requires ?? [])
        case .flow(.graph, let parts, let retry):
            return parts.reduce(into: Set()) { $0.formUnion($1.requires) }
                .subtracting(provides).union(retry?.requires ?? [])
        case .broken:
            return []
        }
    }
}
