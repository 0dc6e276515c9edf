/// The symbols that connect a part of a flow with its surroundings.
struct PartSymbols: Sendable {
    /// The symbols that the part provides.
    var provides: Set<String> = []
    /// The symbols that the part requires from its surroundings. In a graph they order the parts.
    var requires: Set<String> = []
    /// The symbols that the part may also read from its surroundings, such as those of its deciders. They don't order
    /// parts.
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
                // A part that requires a symbol that it also provides may read it from a part that it is linked to.
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
    /// The symbols that the link's decider reads.
    var considers: [String] { ((try? decider?.requires.get()) ?? []).map(\.name) }
}
