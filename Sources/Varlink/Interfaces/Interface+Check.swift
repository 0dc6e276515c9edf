extension Interface {
    /// Compares the parameters of a message with their declaration.
    ///
    /// - Returns: the name of a member that is unknown, missing, or of another type; `nil` if there is none.
    func firstViolation(in parameters: [String: JSON], of fields: [Field]) -> String? {
        for field in fields where !allows(parameters[field.name] ?? .null, as: field.type) { return field.name }
        guard parameters.count > fields.count(where: { parameters[$0.name] != nil }) else { return nil }
        let names = Set(fields.map(\.name))
        return parameters.keys.filter { !names.contains($0) }.min()
    }

    /// Whether the value is one of the type. The value's depth limits the recursion, whatever the type refers to.
    private func allows(_ value: JSON, as type: ValueType) -> Bool {
        switch (type, value) {
        case (.any, _), (.optional, .null): true
        case (.optional(let wrapped), _): allows(value, as: wrapped)
        case (.bool, .bool), (.int, .int), (.float, .int), (.float, .double), (.string, .string), (.object, .object):
            true
        case (.named(let name), _): types[name].map { allows(value, as: $0) } ?? false
        case (.enumeration(let words), .string(let word)): words.contains(word)
        case (.structure(let fields), .object(let members)): firstViolation(in: members, of: fields) == nil
        case (.array(let element), .array(let elements)): elements.allSatisfy { allows($0, as: element) }
        case (.map(let element), .object(let members)): members.values.allSatisfy { allows($0, as: element) }
        default: false
        }
    }
}
