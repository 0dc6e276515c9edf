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
        /// With the name of the part that, with what it waits for, alone is in the flow.
        case graph(links: [Link], target: String?)
    }

    struct Link: Sendable {
        let earlier: String
        let later: String
        let decider: Decider?
    }

    let name: String
    private(set) var content: Content
    /// What the steps in it are given under the names of symbols.
    var injected: [String: Injection] = [:]
    var timeLimit: Duration?

    init(_ atom: LoweredAtom) { (name, content) = (atom.name, .atom(atom)) }

    init(name: String, pattern: Pattern, retry: (any FlowPart)?, parts: [any FlowPart]) {
        self.name = name
        content = .flow(pattern, parts.map { $0.lowered() }, retry: retry?.lowered())
    }

    /// Adds a link, if it is a graph.
    mutating func link(_ link: Link) {
        guard case .flow(.graph(let links, let target), let parts, let retry) = content else { return }
        content = .flow(.graph(links: links + [link], target: target), parts, retry: retry)
    }

    /// Leaves only `target` and what it waits for, if it is a graph.
    mutating func target(_ target: String) {
        guard case .flow(.graph(let links, _), let parts, let retry) = content else { return }
        content = .flow(.graph(links: links, target: target), parts, retry: retry)
    }

    init(name: String, broken problem: String) { (self.name, content) = (name, .broken(problem)) }

    /// The symbols that it gives.
    var provides: Set<String> {
        switch content {
        case .atom(let atom): return Set(atom.provides.map(\.name))
        case .flow(let pattern, let parts, let retry):
            return Self.members(of: parts, in: pattern)
                .reduce(into: retry?.provides ?? []) {
                    $0.formUnion($1.provides)
                }
        case .broken: return []
        }
    }

    /// The symbols that it needs of what is around it.
    var requires: Set<String> { allRequires.subtracting(injected.keys) }

    private static func members(of parts: [LoweredPart], in pattern: Pattern) -> [LoweredPart] {
        guard case .graph(let links, .some(let target)) = pattern else { return parts }
        return PartGraph(name: "", parts: parts, links: links, target: target).members
    }

    private var allRequires: Set<String> {
        switch content {
        case .atom(let atom):
            return Set(
                (atom.requires + atom.revertRequires).filter { $0.injected == nil }.map(\.symbol.name)
            )
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
        case .flow(.graph(let links, let target), let parts, let retry):
            let members = Self.members(of: parts, in: .graph(links: links, target: target))
            return members.reduce(into: Set()) { $0.formUnion($1.requires) }
                .subtracting(provides).union(retry?.requires ?? [])
        case .broken:
            return []
        }
    }
}

/// A value that a flow gives its steps.
struct Injection: Sendable {
    let port: Port
    let value: any Sendable
}
