internal import VolumeAPI
internal import VolumeDriver

/// The requirements of a volume type, or of one volume, on pools and volumes.
///
/// A key without a scope, or with the scope `capabilities`, is compared with the pool's capability of that name. Keys of other
/// scopes are settings: `provisioning:type`, `provisioning:min_vol_size`, `provisioning:max_vol_size` and
/// `RESKEY:availability_zones` are the service's, and everything else is left to drivers (`cinder: CapabilitiesFilter`).
struct ExtraSpecs: Sendable, Hashable, Codable {
    let values: [String: String]

    /// Whether the volume is placed without over-subscription, as if its pool were not thin.
    var isThick: Bool { values["provisioning:type"] == "thick" }

    /// Whether several holders may use a volume of the type at once (`cinder: multiattach`).
    var isMultiattach: Bool { truth(of: Self.multiattachKey) == true }

    /// The specs of a volume that several holders may use at once, whatever its type says.
    var demandingMultiattach: ExtraSpecs {
        ExtraSpecs(values: values.merging([Self.multiattachKey: "<is> True"]) { type, _ in type })
    }

    private static let multiattachKey = "multiattach"

    /// The zones in which volumes of the type may be; empty for any (`cinder: RESKEY:availability_zones`).
    var zones: [String] {
        (values[Self.zonesKey] ?? "").split(separator: ",")
            .map { String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
            .filter { !$0.isEmpty }
    }

    private static let zonesKey = "RESKEY:availability_zones"

    /// The requirements on pools, as text for people; `nil` for nothing.
    var demands: String? {
        let demands = values.compactMap { key, value in Self.capability(of: key).map { "\($0) \(value)" } }.sorted()
        return demands.isEmpty ? nil : demands.joined(separator: ", ")
    }

    /// The specs without the requirements on pools.
    var settings: ExtraSpecs { ExtraSpecs(values: values.filter { Self.capability(of: $0.key) == nil }) }

    /// The first requirement that a pool doesn't meet, in the order of the keys; `nil` if it meets all.
    ///
    /// - Parameter offered: the values that the pool has of a capability; `nil` if it has no such capability.
    func unmet(in offered: (String) -> [String]?) -> UnmetRequirement? {
        var first: (key: String, unmet: UnmetRequirement)?
        for (key, requirement) in values where first.map({ key < $0.key }) ?? true {
            guard let name = Self.capability(of: key) else { continue }
            let values = offered(name)
            if Requirement(requirement).isMet(by: values ?? []) { continue }
            first = (key, UnmetRequirement(capability: name, requirement: requirement, offered: values))
        }
        return first?.unmet
    }

    /// The reason why a volume of the type can't have `size`; `nil` if it can.
    func obstacle(to size: ByteCount) -> String? {
        if let least = limit("provisioning:min_vol_size"), size < least { return "it has at least \(least)" }
        if let most = limit("provisioning:max_vol_size"), size > most { return "it has at most \(most)" }
        return nil
    }

    /// The reason why the values can't be extra specs; `nil` if they can.
    var problem: String? {
        for key in ["provisioning:min_vol_size", "provisioning:max_vol_size"]
        where values[key] != nil && limit(key) == nil {
            return "'\(key)' is a number of GiB, and not \((values[key] ?? "").quoted)"
        }
        if let least = limit("provisioning:min_vol_size"), let most = limit("provisioning:max_vol_size"), least > most {
            return "'provisioning:min_vol_size' is more than 'provisioning:max_vol_size'"
        }
        if values[Self.zonesKey] != nil, zones.isEmpty { return "'\(Self.zonesKey)' names no zone" }
        if let value = values[Self.multiattachKey], truth(of: Self.multiattachKey) == nil {
            return "'\(Self.multiattachKey)' is '<is> True' or '<is> False', and not \(value.quoted)"
        }
        if let type = values["provisioning:type"], !["thin", "thick"].contains(type) {
            return "'provisioning:type' is thin or thick, and not \(type.quoted)"
        }
        return nil
    }

    /// The truth that a spec of the form `<is> True` demands; `nil` for one of another form.
    private func truth(of key: String) -> Bool? {
        let words = (values[key] ?? "").split(whereSeparator: \.isWhitespace)
        guard words.count == 2, words[0] == "<is>" else { return nil }
        return Requirement("\(words[0]) \(words[1])").accepts("true")
    }

    private func limit(_ key: String) -> ByteCount? {
        values[key].flatMap { Int64($0) }.flatMap { $0 > 0 ? ByteCount(gibibytes: $0) : nil }
    }

    /// The capability that a key names; `nil` for a setting.
    private static func capability(of key: String) -> String? {
        let parts = key.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 1 { return key }
        return parts[0] == "capabilities" ? String(parts[1]) : nil
    }
}

/// A requirement that a pool doesn't meet. Its text is made only when it is read.
struct UnmetRequirement: CustomStringConvertible {
    let capability: String
    let requirement: String
    /// The values that the pool has of the capability; `nil` if it has no such capability.
    let offered: [String]?

    /// The predicate of a sentence about the volume type.
    var description: String {
        guard let offered else { return "requires \(capability) \(requirement), which the pool does not have" }
        return "requires \(capability) \(requirement), but the pool has \(offered.joined(separator: ", "))"
    }
}

/// The requirement that an extra spec states (`cinder: extra_specs_ops.match`).
///
/// `=` is a number that is at least the required one; `==`, `!=`, `>=` and `<=` compare numbers; `s==`, `s!=`, `s<`, `s<=`,
/// `s>` and `s>=` compare texts; `<in>` looks for a part of the text, `<is>` compares truth, `<or>` lists texts. Anything else
/// is the text itself.
struct Requirement {
    private let text: String

    init(_ text: String) { self.text = text }

    /// Whether one of the values that a pool has of a capability meets the requirement.
    func isMet(by values: [String]) -> Bool { values.contains { accepts($0) } }

    /// Whether a capability of this value meets the requirement.
    func accepts(_ value: String) -> Bool {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let word = words.first else { return value == text }
        if word == "<or>" { return alternatives(words).contains(value) }
        guard let comparison = Self.comparison(word) else { return value == text }
        return words.count > 1 && comparison(value, words[1])
    }

    /// The words after each `<or>`.
    private func alternatives(_ words: [String]) -> [String] {
        stride(from: 1, to: words.count, by: 2).map { words[$0] }
    }

    private static func comparison(_ word: String) -> ((String, String) -> Bool)? {
        switch word {
        case "=", ">=": numbers(>=)
        case "<=": numbers(<=)
        case "==": numbers(==)
        case "!=": numbers(!=)
        case "s==": { $0 == $1 }
        case "s!=": { $0 != $1 }
        case "s<": { precedes($0, $1) }
        case "s<=": { !precedes($1, $0) }
        case "s>": { precedes($1, $0) }
        case "s>=": { !precedes($0, $1) }
        case "<in>": { $0.contains($1) }
        case "<is>": { truth($0) == truth($1) }
        default: nil
        }
    }

    /// A comparison of texts that are not numbers is false.
    private static func numbers(_ compare: @escaping (Double, Double) -> Bool) -> (String, String) -> Bool {
        { value, required in
            guard let value = Double(value), let required = Double(required) else { return false }
            return compare(value, required)
        }
    }

    /// Compares code points, so that the order does not depend on a locale.
    private static func precedes(_ first: String, _ second: String) -> Bool {
        first.unicodeScalars.lexicographicallyPrecedes(second.unicodeScalars)
    }

    private static func truth(_ text: String) -> Bool {
        ["1", "t", "true", "on", "y", "yes"].contains(text.lowercased())
    }
}
