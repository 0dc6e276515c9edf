internal import Configuration
internal import Foundation
package import VolumeAPI
internal import Yams

/// The values of a configuration file, with their lines.
struct ConfigurationFile: Sendable {
    var path: String { place.path }
    private let place: ConfigurationPath
    private(set) var values: [[String]: ConfigContent] = [:]
    /// The line of each key.
    private(set) var lines: [[String]: Int] = [:]
    /// Warnings about unknown keys that resemble no known key; another version may know them.
    private(set) var warnings: [String] = []

    /// Reads the file at `place`.
    ///
    /// - Throws: ``VolumeError`` with the line if it is not YAML, or a value is of the wrong kind.
    init(_ place: ConfigurationPath) throws(VolumeError) {
        self.place = place
        guard let root = try Self.root(of: place) else { return }
        try take(root, as: .root, at: [])
    }

    /// The values, as one of several sources of a reader.
    var provider: InMemoryProvider {
        InMemoryProvider(
            name: path,
            values: [AbsoluteConfigKey: ConfigValue](
                uniqueKeysWithValues: values.map { (AbsoluteConfigKey($0.key), ConfigValue($0.value, isSecret: false)) }
            )
        )
    }

    /// The file and line of `key`; `nil` if the file does not set it.
    func place(of key: [String]) -> String? { lines[key].map { "\(path):\($0)" } }

    /// The pools that the file describes.
    var pools: [String] { lines.keys.filter { $0.count == 2 && $0[0] == "pools" }.map { $0[1] } }

    // MARK: - Parsing

    private mutating func take(_ node: Node, as schema: ConfigurationSchema, at key: [String]) throws(VolumeError) {
        if node.null != nil { return }
        switch (schema, node) {
        case (.value, .scalar(let scalar)):
            guard isPlain(scalar.tag) else {
                throw flaw(key, node, "it has the tag \(scalar.tag), which is not supported")
            }
            values[key] = .string(scalar.string)
        case (.list, .sequence(let nodes)):
            let items = nodes.compactMap(\.scalar?.string)
            guard items.count == nodes.count else { throw flaw(key, node, "its elements are not single values") }
            values[key] = .stringArray(items)
        case (.section(let known), .mapping(let pairs)):
            for (name, value) in pairs { try takePair(name, value, known, at: key) }
        case (.each(let schema), .mapping(let pairs)):
            for (name, value) in pairs { try takeNamed(name, value, schema, at: key) }
        case (.value, _): throw flaw(key, node, "it is not a single value")
        case (.list, _): throw flaw(key, node, "it is not a list: write [a, b]")
        case (.section(let known), _):
            throw flaw(
                key,
                node,
                "it is not a section with keys, which are \(known.keys.sorted().joined(separator: ", "))"
            )
        case (.each, _): throw flaw(key, node, "it is not a section with names as keys")
        }
    }

    private mutating func takePair(
        _ name: Node,
        _ value: Node,
        _ known: [String: ConfigurationSchema],
        at parent: [String]
    ) throws(VolumeError) {
        let key = parent + [try word(name, at: parent)]
        guard let schema = known[key[parent.count]] else { return try passOver(name, key, known) }
        lines[key] = name.mark?.line
        try take(value, as: schema, at: key)
    }

    private mutating func takeNamed(
        _ name: Node,
        _ value: Node,
        _ schema: ConfigurationSchema,
        at parent: [String]
    ) throws(VolumeError) {
        let key = parent + [try word(name, at: parent)]
        lines[key] = name.mark?.line
        try take(value, as: schema, at: key)
    }

    private func word(_ name: Node, at parent: [String]) throws(VolumeError) -> String {
        guard let word = name.scalar?.string else { throw flaw(parent, name, "a key in it is not a single value") }
        if word == "<<" {
            throw flaw(parent + [word], name, "merge keys are not supported: write out the merged keys")
        }
        return word
    }

    /// Warns of an unknown key, and refuses it if it may be misspelt, because a misspelt limit would not apply.
    private mutating func passOver(_ name: Node, _ key: [String], _ known: [String: ConfigurationSchema])
        throws(VolumeError)
    {
        let parent = key.dropLast()
        let meant = Spelling.nearest(to: key.last ?? "", among: known.keys)
        if let meant {
            throw flaw(key, name, "it is unknown, did you mean '\((parent + [meant]).joined(separator: "."))'?")
        }
        guard parent.isEmpty else {
            let names = known.keys.sorted().joined(separator: ", ")
            throw flaw(key, name, "it is unknown; the keys of '\(parent.joined(separator: "."))' are \(names)")
        }
        warnings.append(
            "\(path):\(name.mark?.line ?? 1): unknown key '\(key.joined(separator: "."))' is ignored"
        )
    }

    private func flaw(_ key: [String], _ node: Node, _ problem: String) -> VolumeError {
        let line = self.place(of: key) ?? "\(path):\(node.mark?.line ?? 1)"
        return key.isEmpty
            ? place.unusable(because: "\(line): \(problem)")
            : .configuration(key, problem, from: line)
    }
}

extension ConfigurationFile {
    private static func root(of place: ConfigurationPath) throws(VolumeError) -> Node? {
        let text = try ConfigurationText.read(place)
        do {
            return try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw place.unusable(because: error.explanation(of: text, in: place.path))
        } catch {
            throw place.unusable(because: "\(error)")
        }
    }

    /// Whether the value is its text; a tag such as `!env` gives it another meaning.
    private func isPlain(_ tag: Tag) -> Bool {
        let name = tag.description
        return name.isEmpty || name.hasPrefix("tag:yaml.org,2002:")
    }
}

extension YamlError {
    fileprivate func explanation(of text: String, in path: String) -> String {
        switch self {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let isIndentedByTab =
                lines.indices.contains(mark.line - 1)
                && lines[mark.line - 1].prefix { $0 == " " || $0 == "\t" }.contains("\t")
            return isIndentedByTab
                ? "\(path):\(mark.line): the line begins with a tab: YAML demands spaces"
                : "\(path):\(mark.line):\(mark.column): \(problem)"
        case .duplicatedKeysInMapping(let duplicates, let context):
            return "\(path):\(context.mark.line): duplicate key: \(duplicates.joined(separator: ", "))"
        default: return "\(self)".trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}

extension VolumeError {
    /// The error for an invalid value.
    ///
    /// - Parameter place: the source of the value; `nil` if nothing sets it.
    package static func configuration(_ key: [String], _ problem: String, from place: String?) -> VolumeError {
        VolumeError(
            .invalidInput,
            "the configuration can't be used: '\(key.joined(separator: "."))': \(problem)",
            cause: place.map { "it comes from \($0)" } ?? "nothing sets it",
            remedies: (place == nil ? [] : [.advice("correct it there")]) + [.showConfigurationSample]
        )
    }
}
