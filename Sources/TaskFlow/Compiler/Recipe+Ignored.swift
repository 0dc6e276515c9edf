extension Recipe {
    /// What is wrong because a step needs a value of another that a decider may leave out without it.
    func valuesThatMayBeIgnored() -> [String] {
        var problems: [String] = []
        for atom in deciders.keys.sorted() {
            for depth in Set(deciders[atom, default: []].map(\.depth)) {
                let ignored = Set(ignored(with: atom, to: depth))
                let missing = ignored.reduce(into: Set<Int>()) { $0.formUnion(atoms[$1].outputs) }
                guard !missing.isEmpty else { continue }
                for reader in atoms.indices where !ignored.contains(reader) {
                    for (who, symbol, source) in reads(of: reader, unlessIgnored: ignored) {
                        guard case .slot(let slot) = source, missing.contains(slot), !symbol.isOptional else {
                            continue
                        }
                        problems.append(
                            "\(who) requires '\(symbol)', which is missing when a decider ignores "
                                + "'\(atoms[atom].atom.name)': make it optional, or ignore deeper"
                        )
                    }
                }
            }
        }
        return problems
    }

    /// What a step and its revert read, and those who decide on it, with who does; without deciders that are not asked when
    /// `ignored` are ignored.
    private func reads(
        of reader: Int,
        unlessIgnored ignored: Set<Int>
    ) -> [(who: String, symbol: Port, source: CompiledAtom.Source)] {
        let (compiled, name) = (atoms[reader], atoms[reader].atom.name)
        let own =
            Array(zip(compiled.atom.requires, compiled.sources))
            + zip(compiled.atom.revertRequires, compiled.revertSources)
        let asked = deciders[reader, default: []]
            .filter { $0.earlier.isEmpty || !ignored.isSuperset(of: $0.earlier) }
        return own.map { ("'\(name)'", $0.symbol, $1) }
            + asked.flatMap { zip($0.requires, $0.sources).map { ("the decider on '\(name)'", $0, $1) } }
    }
}
