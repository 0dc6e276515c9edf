/// Results as YAML. Texts are in double quotes, as in JSON, so that none is taken for a number, a date or a truth.
enum YAMLOutput {
    static func text(_ value: JSONValue) -> String {
        lines(value).map { $0 + "\n" }.joined()
    }

    private static func lines(_ value: JSONValue) -> [String] {
        switch value {
        case .object(let members) where !members.isEmpty:
            members.sorted { $0.key < $1.key }.flatMap { lines($0.value, after: name($0.key) + ":") }
        case .array(let values) where !values.isEmpty:
            values.flatMap { value in
                let lines = lines(value)
                return ["- " + lines[0]] + lines.dropFirst().map { "  " + $0 }
            }
        default: [scalar(value)]
        }
    }

    private static func lines(_ value: JSONValue, after head: String) -> [String] {
        switch value {
        case .object(let members) where !members.isEmpty: [head] + lines(value).map { "  " + $0 }
        case .array(let values) where !values.isEmpty: [head] + lines(value).map { "  " + $0 }
        default: [head + " " + scalar(value)]
        }
    }

    /// A key without quotes if nothing else can be meant by it.
    private static func name(_ key: String) -> String {
        let isPlain =
            key.wholeMatch(of: /[a-z_]+/) != nil
            && !["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(key)
        return isPlain ? key : scalar(.string(key))
    }

    private static func scalar(_ value: JSONValue) -> String {
        switch value {
        case .object: "{}"
        case .array: "[]"
        default: (try? JSONOutput.text(value, onOneLine: true)) ?? "null"
        }
    }
}
