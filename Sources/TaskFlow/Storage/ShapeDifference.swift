/// A difference between a flow and an earlier version of it.
public struct ShapeDifference: Sendable, Hashable, CustomStringConvertible {
    /// The name of the step that differs; `nil` for a difference of the request.
    public let atom: String?
    /// The difference, as the predicate of a sentence about the step or the request.
    public let words: String

    /// The difference as a sentence.
    public var description: String { (atom.map { "'\($0)'" } ?? "the request") + " " + words }
}

extension FlowShape {
    /// Returns the differences of this shape from `old`, step by step.
    func differences(from old: FlowShape) -> [ShapeDifference] {
        let (before, now) = (Self.byName(old.atoms), Self.byName(atoms))
        let (waitsBefore, waits) = (old.waits(), waits())
        var differences = Self.changes(of: request, from: old.request, "has", "had")
            .map { ShapeDifference(atom: nil, words: $0) }
        func add(_ atom: Atom, _ words: String) { differences.append(ShapeDifference(atom: atom.name, words: words)) }
        for atom in atoms {
            guard let past = before[atom.name] else {
                add(atom, "is new")
                continue
            }
            if atom.version != past.version {
                add(atom, "has version \(atom.version) where the run has \(past.version)")
            }
            if atom.kind != past.kind { add(atom, "is a \(atom.kind) where it was a \(past.kind)") }
            if atom.effect != past.effect { add(atom, "is \(atom.effect) where it was \(past.effect)") }
            for words in Self.changes(of: atom.takes, from: past.takes, "takes", "took") { add(atom, words) }
            for words in Self.changes(of: atom.revertTakes ?? [], from: past.revertTakes ?? [], "takes", "took") {
                add(atom, words + " when it is reverted")
            }
            for words in Self.changes(of: atom.gives, from: past.gives, "gives", "gave") { add(atom, words) }
            let (pastNames, names) = (waitsBefore(past.after), waits(atom.after))
            // A step that is new or gone is reported once, and not again by every step that waits for it.
            let gone = pastNames.subtracting(names).filter { now[$0] != nil }
            let added = names.subtracting(pastNames).filter { before[$0] != nil }
            if !gone.isEmpty { add(atom, "no longer waits for \(Self.list(gone))") }
            if !added.isEmpty { add(atom, "now waits for \(Self.list(added))") }
            if atom.deciders != past.deciders { add(atom, "has other deciders, or deciders of another depth") }
            if atom.retry != past.retry { add(atom, "is \(Self.retried(atom)) where it was \(Self.retried(past))") }
        }
        for atom in old.atoms where now[atom.name] == nil { add(atom, "is gone") }
        return differences
    }

    private static func byName(_ atoms: [Atom]) -> [String: Atom] {
        Dictionary(atoms.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private static func changes(of values: [Value], from old: [Value], _ has: String, _ had: String) -> [String] {
        // Inputs are compared by the names of their fields, outputs by their symbols.
        func key(_ value: Value) -> String { value.source == nil ? value.name : value.field ?? value.name }
        let before = Dictionary(old.map { (key($0), $0) }, uniquingKeysWith: { first, _ in first })
        let names = Set(values.map(key))
        let changed = values.compactMap { value -> String? in
            guard let past = before[key(value)] else { return "\(has) \(words(value)), which is new" }
            return past == value ? nil : "\(has) \(words(value)) where it \(had) \(words(past))"
        }
        return changed + old.filter { !names.contains(key($0)) }.map { "no longer \(has) '\($0)'" }
    }

    private static func words(_ value: Value) -> String {
        "'\(value)'" + (value.field.map { " as its '\($0)'" } ?? "") + (value.source.map { " from \($0)" } ?? "")
    }

    private static func retried(_ atom: Atom) -> String { atom.retry.map { "retried by '\($0)'" } ?? "not retried" }

    private static func list(_ names: Set<String>) -> String {
        let shown = names.sorted().prefix(3).map { "'\($0)'" }.joined(separator: ", ")
        return names.count > 3 ? "\(shown) and \(names.count - 3) more" : shown
    }

    /// Returns a function that lists the steps in a `Wait`, including those in its joins.
    private func waits() -> (Wait) -> Set<String> {
        // A join only ever waits for joins before it.
        var joined: [Set<String>] = []
        func names(_ wait: Wait) -> Set<String> {
            wait.joins.reduce(into: Set(wait.atoms)) { names, join in
                if joined.indices.contains(join) { names.formUnion(joined[join]) }
            }
        }
        for join in joins { joined.append(names(join)) }
        return names
    }
}
