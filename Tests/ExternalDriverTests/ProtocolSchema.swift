import Foundation

/// `protocol.schema.json`, and of JSON Schema as much as it uses.
struct ProtocolSchema {
    private let root: [String: Any]

    init() throws {
        let path = URL(filePath: Example.path).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "protocol.schema.json")
        root = try JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any] ?? [:]
    }

    /// The names of all operations.
    var operations: Set<String> {
        let request = definition("request")["properties"] as? [String: [String: Any]]
        return Set(request?["operation"]?["enum"] as? [String] ?? [])
    }

    /// What of `value` the definition does not allow; empty when it allows all of it.
    func problems(of value: Any, as name: String) -> [String] { problems(value, definition(name), "") }

    /// What of the result of an operation the schema does not allow.
    func problems(ofResult value: Any, of operation: String) -> [String] {
        let results = definition("results")["properties"] as? [String: [String: Any]]
        guard let schema = results?[operation] else { return ["there is no operation '\(operation)'"] }
        return problems(value, schema, "")
    }

    private func definition(_ name: String) -> [String: Any] {
        (root["$defs"] as? [String: [String: Any]])?[name] ?? ["enum": []]
    }

    private func problems(_ value: Any, _ schema: [String: Any], _ place: String) -> [String] {
        var found: [String] = []
        func demand(_ isRight: Bool, _ problem: @autoclosure () -> String) {
            if !isRight { found.append("\(place): \(problem())") }
        }
        for (keyword, rule) in schema {
            switch (keyword, rule) {
            case ("$ref", let name as String):
                found += problems(value, definition(String(name.dropFirst("#/$defs/".count))), place)
            case ("const", _): demand((value as? NSObject)?.isEqual(rule) == true, "\(value) is not \(rule)")
            case ("enum", let allowed as [NSObject]):
                demand(allowed.contains { $0.isEqual(value) }, "\(value) is none of \(allowed)")
            case ("type", let type as String): demand(has(value, type), "\(value) is no \(type)")
            case ("minimum", let least as NSNumber):
                demand((value as? NSNumber).map { $0.int64Value >= least.int64Value } ?? true, "\(value) is too small")
            case ("pattern", let pattern as String):
                let text = value as? String ?? ""
                demand(text.range(of: pattern, options: .regularExpression) != nil, "'\(text)' isn't like \(pattern)")
            case ("required", let keys as [String]):
                let there = (value as? [String: Any])?.keys.map { $0 } ?? []
                demand(Set(keys).isSubset(of: there), "of \(keys) there is only \(there)")
            case ("properties", let properties as [String: [String: Any]]):
                for (key, inner) in value as? [String: Any] ?? [:] {
                    guard let schema = properties[key] else { continue }
                    found += problems(inner, schema, "\(place)/\(key)")
                }
            case ("items", let schema as [String: Any]):
                for item in value as? [Any] ?? [] { found += problems(item, schema, place + "/-") }
            case ("allOf", let schemas as [[String: Any]]):
                for schema in schemas { found += problems(value, schema, place) }
            case ("anyOf", let schemas as [[String: Any]]):
                demand(schemas.contains { problems(value, $0, place).isEmpty }, "none of \(schemas.count) fits")
            case ("oneOf", let schemas as [[String: Any]]):
                demand(schemas.count { problems(value, $0, place).isEmpty } == 1, "not one of \(schemas.count) fits")
            case ("not", let schema as [String: Any]):
                demand(!problems(value, schema, place).isEmpty, "it is what it must not be")
            case ("if", let condition as [String: Any]):
                guard problems(value, condition, place).isEmpty, let then = schema["then"] as? [String: Any] else {
                    break
                }
                found += problems(value, then, place)
            case ("description", _), ("then", _), ("title", _), ("maximum", _): break
            default: found.append("\(place): the schema's '\(keyword)' is not checked")
            }
        }
        return found
    }

    private func has(_ value: Any, _ type: String) -> Bool {
        switch type {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "null": value is NSNull
        case "boolean": (value as? NSNumber).map { CFNumberIsBoolean($0) } ?? false
        case "integer":
            (value as? NSNumber).map { !CFNumberIsBoolean($0) && $0.doubleValue.rounded() == $0.doubleValue } ?? false
        default: false
        }
    }

    private func CFNumberIsBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
