extension FlowShape {
    /// The stored form, which `JSONDecoder` reads. It is written without `JSONEncoder`, which would take longer for a
    /// large flow than the flow takes to run.
    var text: String {
        var writer = ShapeWriter()
        writer.text.reserveCapacity(256 * (atoms.count + 1))
        writer.write(self)
        return writer.text
    }
}

/// Writes JSON with the members in a fixed order, so that equal shapes have equal texts.
private struct ShapeWriter {
    var text = ""

    mutating func write(_ shape: FlowShape) {
        text += "{"
        member("request", shape.request) { $0.write($1) }
        text += ","
        member("atoms", shape.atoms) { $0.write($1) }
        text += ","
        member("joins", shape.joins) { $0.write($1) }
        text += "}"
    }

    private mutating func write(_ atom: FlowShape.Atom) {
        text += "{"
        member("name", atom.name)
        text += ",\"version\":\(atom.version),"
        member("kind", atom.kind.rawValue)
        text += ","
        member("effect", atom.effect.rawValue)
        text += ","
        member("takes", atom.takes) { $0.write($1) }
        if let values = atom.revertTakes {
            text += ","
            member("revertTakes", values) { $0.write($1) }
        }
        text += ","
        member("gives", atom.gives) { $0.write($1) }
        text += ",\"after\":"
        write(atom.after)
        if let deciders = atom.deciders {
            text += ","
            member("deciders", deciders) { $0.write($1) }
        }
        optionalMember("retry", atom.retry)
        optionalMember("formerName", atom.formerName)
        text += "}"
    }

    private mutating func write(_ value: FlowShape.Value) {
        text += "{"
        member("name", value.name)
        text += ","
        member("type", value.type)
        optionalMember("field", value.field)
        optionalMember("source", value.source)
        text += "}"
    }

    private mutating func write(_ wait: FlowShape.Wait) {
        text += "{"
        member("atoms", wait.atoms) { $0.write($1) }
        text += ","
        member("joins", wait.joins) { $0.text += "\($1)" }
        text += "}"
    }

    // MARK: - JSON

    private mutating func optionalMember(_ name: String, _ value: String?) {
        guard let value else { return }
        text += ","
        member(name, value)
    }

    private mutating func member(_ name: String, _ value: String) {
        text += "\"\(name)\":"
        write(value)
    }

    private mutating func member<Element>(
        _ name: String,
        _ elements: [Element],
        _ write: (inout Self, Element) -> Void
    ) {
        text += "\"\(name)\":["
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            write(&self, element)
        }
        text += "]"
    }

    private mutating func write(_ string: String) {
        text += "\""
        if string.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
            for scalar in string.unicodeScalars { escape(scalar) }
        } else {
            text += string
        }
        text += "\""
    }

    private mutating func escape(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\"", "\\":
            text += "\\"
            text.unicodeScalars.append(scalar)
        case _ where scalar.value < 0x20:
            let digits = String(scalar.value, radix: 16)
            text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default:
            text.unicodeScalars.append(scalar)
        }
    }
}
