/// The symbols by which a part of a flow is connected with what is around it.
struct PartSymbols: Sendable {
    /// Those that it gives.
    var provides: Set<String> = []
    /// Those that it needs of what is around it.
    var requires: Set<String> = []
    /// Those that deciders in it look at, wherever they come from: in a graph they order nothing.
    var considers: Set<String> = []

    init(of part: LoweredPart) {
        switch part.content {
        case .atom(let atom):
            provides = Set(atom.provides.map(\.name))
            requires = Set(
                (atom.requires + atom.revertRequires).filter { $0.injected == nil }.map(\.symbol.name)
            )
        case .flow(let pattern, let parts, let retry):
            let members = (part.graph?.members ?? parts).map(\.symbols)
            let retry = retry?.symbols
            provides = retry?.provides ?? []
            for member in members {
                provides.formUnion(member.provides)
                considers.formUnion(member.considers)
            }
            switch pattern {
            case .linear:
                var given = retry?.provides ?? []
                for member in members {
                    requires.formUnion(member.requires.subtracting(given))
                    given.formUnion(member.provides)
                }
            case .unordered:
                for member in members { requires.formUnion(member.requires) }
                requires.subtract(retry?.provides ?? [])
            case .graph(let links, _):
                for member in members { requires.formUnion(member.requires) }
                // A part that also needs what it gives gets it from outside, if it is linked to that.
                considers.formUnion(requires.intersection(provides))
                requires.subtract(provides)
                for link in links { considers.formUnion(link.considers) }
            }
            requires.formUnion(retry?.requires ?? [])
        case .broken:
            break
        }
    }
}

extension LoweredPart.Link {
    /// What its decider looks at.
    var considers: [String] { ((try? decider?.requires.get()) ?? []).map(\.name) }
}
