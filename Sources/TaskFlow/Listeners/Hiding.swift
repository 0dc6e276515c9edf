/// Names the values that must not be shown, such as passwords, tokens and keys.
///
/// Hidden values are shown as `***`. Inside error messages they are replaced as well, if they are strings of at least
/// four characters.
public struct Hiding: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// The names of hidden values: symbols, fields, and names inside values, such as properties and keys of a
    /// dictionary.
    public var symbols: Set<String>
    /// The names of steps whose inputs and outputs are all hidden.
    public var atoms: Set<String>

    /// The text that replaces a hidden value.
    static let placeholder = "***"
    /// The length of the shortest string that is replaced inside a text: shorter ones occur in unrelated words.
    private static let shortest = 4

    /// Hides the values named `symbols`, and all values of the steps named `atoms`.
    public init(_ symbols: Set<String> = [], allOf atoms: Set<String> = []) {
        self.symbols = symbols
        self.atoms = atoms
    }

    /// Hides the values named `symbols`.
    public init(arrayLiteral symbols: String...) { self.init(Set(symbols)) }

    /// The values of a step, each with its name and its text or the placeholder.
    func words(for values: [NamedValue], of atom: String) -> [(name: String, text: String)] {
        values.map { ($0.name, hides($0, of: atom) ? Self.placeholder : text(of: $0.value)) }
    }

    /// `name = value, …`; `nil` if there are none.
    func list(_ values: [NamedValue], of atom: String) -> String? {
        guard !values.isEmpty else { return nil }
        return words(for: values, of: atom).map { "\($0.name) = \($0.text)" }.joined(separator: ", ")
    }

    /// `text` with the hidden ones of `values` replaced.
    func masked(_ text: String, of values: [(atom: String, values: [NamedValue])]) -> String {
        guard !symbols.isEmpty || !atoms.isEmpty else { return text }
        var secrets: Set<String> = []
        for (atom, values) in values {
            for value in values { collect(from: value.value, isHidden: hides(value, of: atom), into: &secrets) }
        }
        // The longest first, as one may be part of another.
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

    /// The parts of `value`, with their keys or names of properties, if any. A string or a number has no parts.
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

/// An input or output of a step.
struct NamedValue: Sendable {
    /// The field's name for an input, the symbol for an output.
    let name: String
    /// The value's symbol in the flow.
    let symbol: String
    let value: any Sendable
}

extension String {
    /// A copy with a mark in place of each line break, so that a value or an error can't look like a line of its own.
    var onOneLine: String {
        split(omittingEmptySubsequences: false) { $0.isNewline }.joined(separator: "\u{23CE}")
    }
}
