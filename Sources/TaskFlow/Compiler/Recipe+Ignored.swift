extension Recipe {
    /// Finds steps that require the value of a step that a decider may ignore without ignoring them, too.
    func valuesThatMayBeIgnored() -> [String] {
        guard !deciders.isEmpty else { return [] }
        var problems: [String] = []
        let readers = readersBySlot()
        for atom in deciders.keys.sorted() {
            // A step that reads a value comes after the step that provides it, so the widest depth ignores both.
            for depth in Set(deciders[atom, default: []].map(\.depth)).subtracting([.all]) {
                let ignored = Set(ignored(with: atom, to: depth))
                let missing = ignored.reduce(into: Set<Int>()) { $0.formUnion(atoms[$1].outputs) }
                guard !missing.isEmpty else { continue }
                let affected = missing.reduce(into: Set<Int>()) { $0.formUnion(readers[$1] ?? []) }
                for reader in affected.subtracting(ignored).sorted() {
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

    /// For each value, the steps that read it, or on which a decider reads it.
    private func readersBySlot() -> [Int: [Int]] {
        var readers: [Int: [Int]] = [:]
        for atom in atoms.indices {
            let sources =
                atoms[atom].sources + atoms[atom].revertSources + deciders[atom, default: []].flatMap(\.sources)
            for case .slot(let slot) in sources { readers[slot, default: []].append(atom) }
        }
        return readers
    }

    /// The values that a step, its revert and the deciders on it read, each with its reader. Deciders that are not
    /// asked when the atoms in `ignored` are ignored don't count.
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
