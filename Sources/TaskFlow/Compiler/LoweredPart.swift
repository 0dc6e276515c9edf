internal import Synchronization

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

    /// How many flows may stand in one another. What is deeper is refused, as no stack is endless.
    static let greatestDepth = 500

    let name: String
    private(set) var content: Content {
        didSet { known = Known() }
    }
    /// What the steps in it are given under the names of symbols.
    var injected: [String: Injection] = [:]
    var timeLimit: Duration?
    /// How many flows stand in one another in it.
    private let depth: Int
    private var known = Known()

    /// What is found out once for all copies of a part.
    private final class Known: Sendable {
        let graph = Mutex<PartGraph?>(nil)
        let symbols = Mutex<PartSymbols?>(nil)
    }

    init(_ atom: LoweredAtom) { (name, content, depth) = (atom.name, .atom(atom), 0) }

    init(name: String, pattern: Pattern, retry: (any FlowPart)?, parts: [any FlowPart]) {
        self.name = name
        let parts = parts.map { $0.lowered() }
        let depth = 1 + (parts.map(\.depth).max() ?? 0)
        guard depth <= Self.greatestDepth else {
            self.depth = 0
            content = .broken("more than \(Self.greatestDepth) flows stand in one another: put steps side by side")
            return
        }
        self.depth = depth
        content = .flow(pattern, parts, retry: retry?.lowered())
    }

    init(name: String, broken problem: String) { (self.name, content, depth) = (name, .broken(problem), 0) }

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

    /// The order of its parts; `nil` unless it is a graph.
    var graph: PartGraph? {
        guard case .flow(.graph(let links, let target), let parts, _) = content else { return nil }
        return known.graph.withLock { graph in
            let made = graph ?? PartGraph(name: name, parts: parts, links: links, target: target)
            graph = made
            return made
        }
    }

    /// What it gives to what is around it, and takes from there.
    var symbols: PartSymbols {
        var symbols = known.symbols.withLock { known in
            let found = known ?? PartSymbols(of: self)
            known = found
            return found
        }
        if !injected.isEmpty { symbols.requires.subtract(injected.keys) }
        return symbols
    }
}

/// A value that a flow gives its steps.
struct Injection: Sendable {
    let port: Port
    let value: any Sendable
}
