internal import Synchronization

/// A part of a flow in the form that the compiler takes: an atom, or a flow of further parts.
public struct LoweredPart: Sendable {
    enum Content: Sendable {
        case atom(LoweredAtom)
        /// A flow with the retry that decides about it after a failure.
        indirect case flow(Pattern, [LoweredPart], retry: LoweredPart?)
        /// A part that can't be compiled, and the reason.
        case broken(String)
    }

    enum Pattern: Sendable {
        case linear
        case unordered
        /// If there is a target, only the part of that name and the parts that it waits for belong to the flow.
        case graph(links: [Link], target: String?)
    }

    struct Link: Sendable {
        let earlier: String
        let later: String
        let decider: Decider?
    }

    /// The greatest depth of nested flows. Deeper nesting is refused, as it could overflow the stack.
    static let greatestDepth = 500

    let name: String
    private(set) var content: Content {
        didSet { known = Known() }
    }
    /// The values that are injected into the part's steps, by symbol.
    var injected: [String: Injection] = [:]
    var timeLimit: Duration?
    /// The depth of nested flows in the part.
    private let depth: Int
    private var known = Known()

    /// Results that all copies of a part share, so that they are computed once.
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
            content = .broken("flows are nested more than \(Self.greatestDepth) levels deep: put steps side by side")
            return
        }
        self.depth = depth
        content = .flow(pattern, parts, retry: retry?.lowered())
    }

    init(name: String, broken problem: String) { (self.name, content, depth) = (name, .broken(problem), 0) }

    /// Adds a link; does nothing unless the part is a graph.
    mutating func link(_ link: Link) {
        guard case .flow(.graph(let links, let target), let parts, let retry) = content else { return }
        content = .flow(.graph(links: links + [link], target: target), parts, retry: retry)
    }

    /// Restricts the flow to `target` and the parts that it waits for; does nothing unless the part is a graph.
    mutating func target(_ target: String) {
        guard case .flow(.graph(let links, _), let parts, let retry) = content else { return }
        content = .flow(.graph(links: links, target: target), parts, retry: retry)
    }

    /// The order of the part's own parts; `nil` unless the part is a graph.
    var graph: PartGraph? {
        guard case .flow(.graph(let links, let target), let parts, _) = content else { return nil }
        return known.graph.withLock { graph in
            let made = graph ?? PartGraph(name: name, parts: parts, links: links, target: target)
            graph = made
            return made
        }
    }

    /// The symbols that the part provides to its surroundings, and those that it requires of them.
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

/// A value that a flow injects into its steps.
struct Injection: Sendable {
    let port: Port
    let value: any Sendable
}
