/// Which values are not for people's eyes: passwords, tokens, keys.
///
/// Hidden values are shown as `***`; so are they where they stand in the words of an error, if they are texts of four
/// characters or more.
public struct Hiding: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// The names of those values: symbols, fields, and what stands inside of a value: keys of a dictionary, properties.
    public var symbols: Set<String>
    /// The steps of which no inputs and outputs are shown.
    public var atoms: Set<String>

    /// What stands for a hidden value.
    static let placeholder = "***"
    /// Shorter texts stand in too many words that have nothing to do with them.
    private static let shortest = 4

    /// Hides the values called `symbols`, and all of the steps called `atoms`.
    public init(_ symbols: Set<String> = [], allOf atoms: Set<String> = []) {
        self.symbols = symbols
        self.atoms = atoms
    }

    /// Hides the values of that name.
    public init(arrayLiteral symbols: String...) { self.init(Set(symbols)) }

    /// Values of a step, each with the words for it.
    func words(for values: [NamedValue], of atom: String) -> [(name: String, text: String)] {
        values.map { ($0.name, hides($0, of: atom) ? Self.placeholder : text(of: $0.value)) }
    }

    /// `name = value, …`; `nil` if there are none.
    func list(_ values: [NamedValue], of atom: String) -> String? {
        guard !values.isEmpty else { return nil }
        return words(for: values, of: atom).map { "\($0.name) = \($0.text)" }.joined(separator: ", ")
    }

    /// `text` without the hidden ones of `values`.
    func masked(_ text: String, of values: [(atom: String, values: [NamedValue])]) -> String {
        guard !symbols.isEmpty || !atoms.isEmpty else { return text }
        var secrets: Set<String> = []
        for (atom, values) in values {
            for value in values { collect(from: value.value, isHidden: hides(value, of: atom), into: &secrets) }
        }
        // The longest first: one may be part of another.
        return secrets.sorted { ($0.count, $0) > ($1.count, $1) }
            .reduce(text) { $0.replacing($1, with: Self.placeholder) }
    }

    private func hides(_ value: NamedValue, of atom: String) -> Bool {
        atoms.contains(atom) || symbols.contains(value.name) || symbols.contains(value.symbol)
    }

    // MARK: - Values inside of values

    private func text(of value: any Sendable) -> String {
        hidesPart(of: value) ? text(ofParts: value) : plainText(of: value)
    }

    private func hidesPart(of value: Any) -> Bool {
        guard !symbols.isEmpty else { return false }
        return parts(of: value)
            .contains { part in part.name.map(symbols.contains) == true || hidesPart(of: part.value) }
    }

    private func text(ofParts value: Any) -> String {
        let mirror = Mirror(reflecting: value)
        let parts = parts(of: value)
            .map { part in
                let text =
                    part.name.map(symbols.contains) == true
                    ? Self.placeholder
                    : hidesPart(of: part.value) ? text(ofParts: part.value) : plainText(of: part.value)
                return part.name.map { "\($0): \(text)" } ?? text
            }
        let list = parts.joined(separator: ", ")
        return switch mirror.displayStyle {
        case .optional: list
        case .collection, .set, .dictionary: "[\(list)]"
        case .tuple: "(\(list))"
        default: "\(mirror.subjectType)(\(list))"
        }
    }

    private func collect(from value: Any, isHidden: Bool, into secrets: inout Set<String>) {
        if isHidden, let text = value as? String, text.count >= Self.shortest { secrets.insert(text) }
        for part in parts(of: value) {
            collect(from: part.value, isHidden: isHidden || part.name.map(symbols.contains) == true, into: &secrets)
        }
    }

    /// What `value` is made of, by key or property where there are any. None of a text or a number.
    private func parts(of value: Any) -> [(name: String?, value: Any)] {
        let mirror = Mirror(reflecting: value)
        guard let style = mirror.displayStyle, style != .class else { return [] }
        var parts: [(name: String?, value: Any)] = []
        for child in mirror.children {
            if style == .dictionary {
                let pair = Array(Mirror(reflecting: child.value).children)
                parts.append(("\(pair[0].value)", pair[1].value))
            } else if let field = child.value as? any ErasedField {
                parts.append((child.label.map { String($0.drop { $0 == "_" }) }, field.value))
            } else {
                parts.append((child.label, child.value))
            }
        }
        return parts
    }

    private func plainText(of value: Any) -> String { (value as? String).map { $0.debugDescription } ?? "\(value)" }
}

/// A value that a step took or gave.
struct NamedValue: Sendable {
    /// The field's name for what is taken, the symbol for what is given.
    let name: String
    /// The name that the flow knows it by.
    let symbol: String
    let value: any Sendable
}

extension String {
    /// With a mark in place of each line break, so that nobody's value or error passes for a line of its own.
    var onOneLine: String {
        split(omittingEmptySubsequences: false) { $0.isNewline }.joined(separator: "\u{23CE}")
    }
}
