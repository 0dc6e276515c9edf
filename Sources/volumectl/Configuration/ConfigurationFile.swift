internal import Configuration
internal import Foundation
internal import SystemPackage
internal import Volumes
internal import Yams

/// A configuration file: what it says, and where.
struct ConfigurationFile: Sendable {
    /// Where it is.
    let path: String
    private(set) var values: [[String]: ConfigContent] = [:]
    private var lines: [[String]: Int] = [:]
    /// A line for each key that nothing reads: a limit that is misspelt is no limit.
    private(set) var warnings: [String] = []

    /// Reads the file at `path`.
    ///
    /// - Throws: ``VolumeError`` with the line when it is not YAML or a value is of the wrong kind.
    init(path: String) throws(VolumeError) {
        self.path = path
        guard let root = try Self.root(of: path) else { return }
        try take(root, as: .root, at: [])
    }

    /// What the file says, for a reader of several sources.
    var provider: InMemoryProvider {
        InMemoryProvider(
            name: path,
            values: [AbsoluteConfigKey: ConfigValue](
                uniqueKeysWithValues: values.map { (AbsoluteConfigKey($0.key), ConfigValue($0.value, isSecret: false)) }
            )
        )
    }

    /// Where the file says something about `key`; `nil` if it doesn't.
    func place(of key: [String]) -> String? { lines[key].map { "\(path):\($0)" } }

    // MARK: - Taking in

    private mutating func take(_ node: Node, as schema: ConfigurationSchema, at key: [String]) throws(VolumeError) {
        if node.null != nil { return }
        switch (schema, node) {
        case (.value, .scalar(let scalar)):
            values[key] = .string(scalar.string)
        case (.list, .sequence(let nodes)):
            let items = nodes.compactMap(\.scalar?.string)
            guard items.count == nodes.count else { throw flaw(key, node, "it is a list of more than single values") }
            values[key] = .stringArray(items)
        case (.section(let known), .mapping(let pairs)):
            for (name, value) in pairs { try takePair(name, value, known, at: key) }
        case (.each(let schema), .mapping(let pairs)):
            for (name, value) in pairs {
                let key = key + [name.string ?? "?"]
                lines[key] = name.mark?.line
                try take(value, as: schema, at: key)
            }
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
        let word = name.string ?? "?"
        let key = parent + [word]
        guard let schema = known[word] else {
            let meant = Spelling.nearest(to: word, among: known.keys, within: 3)
            warnings.append(
                "\(path):\(name.mark?.line ?? 1): unknown key '\(key.joined(separator: "."))'"
                    + (meant.map { ", did you mean '\((parent + [$0]).joined(separator: "."))'?" } ?? "")
            )
            return
        }
        lines[key] = name.mark?.line
        try take(value, as: schema, at: key)
    }

    private func flaw(_ key: [String], _ node: Node, _ problem: String) -> VolumeError {
        let place = place(of: key) ?? "\(path):\(node.mark?.line ?? 1)"
        return key.isEmpty
            ? .unusable(path, because: "\(place): \(problem)")
            : .configuration(key, problem, from: place)
    }
}

// MARK: - Reading

extension ConfigurationFile {
    private static let largest = 1 << 20

    private static func root(of path: String) throws(VolumeError) -> Node? {
        let text = try text(of: path)
        do {
            return try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw .unusable(path, because: error.explanation(in: path))
        } catch {
            throw .unusable(path, because: "\(error)")
        }
    }

    private static func text(of path: String) throws(VolumeError) -> String {
        let bytes: [UInt8]
        do {
            let file = try ObeyedFile.open(path)
            bytes = try file.closeAfter { try read(file) }
        } catch let error as VolumeError {
            throw error
        } catch {
            throw .unusable(path, because: "\(error)")
        }
        guard bytes.count <= largest else { throw .unusable(path, because: "it has more than \(largest) bytes") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .unusable(path, because: "it is not UTF-8")
        }
        return text
    }

    /// Once and in pieces: it may be a pipe, or have no end.
    private static func read(_ file: FileDescriptor) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count <= largest {
            let piece = try [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
                count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            if piece.isEmpty { break }
            bytes += piece
        }
        return bytes
    }
}

extension YamlError {
    fileprivate func explanation(in path: String) -> String {
        switch self {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            "\(path):\(mark.line):\(mark.column): \(problem)"
        case .duplicatedKeysInMapping(let duplicates, let context):
            "\(path):\(context.mark.line): twice the same key: \(duplicates.joined(separator: ", "))"
        default: "\(self)".trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}

extension VolumeError {
    /// A file that can't be read or isn't what it should be.
    static func unusable(_ file: String, because cause: String) -> VolumeError {
        VolumeError(
            .invalidInput,
            "the configuration file '\(file)' can't be used",
            cause: cause,
            remedies: ["compare it with the sample etc/volumectl.yaml", "check --config and VOLUMECTL_CONFIG"]
        )
    }

    /// A value that can't be used.
    static func configuration(_ key: [String], _ problem: String, from place: String) -> VolumeError {
        VolumeError(
            .invalidInput,
            "the configuration can't be used: '\(key.joined(separator: "."))': \(problem)",
            cause: "it comes from \(place)",
            remedies: ["compare it with the sample etc/volumectl.yaml"]
        )
    }
}
