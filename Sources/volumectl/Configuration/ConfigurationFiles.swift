internal import Configuration
internal import Foundation
internal import SystemPackage
internal import Volumes
internal import Yams

/// The files that configure the service: which there are, and whether they say only what is understood.
enum ConfigurationFiles {
    /// The files to read, strongest first.
    ///
    /// - Parameter config: the only one, if given; `VOLUMECTL_CONFIG` names it, too.
    /// - Throws: ``VolumeError`` when a file that was asked for is not there.
    static func find(_ config: String?, _ environment: [String: String], isRoot: Bool) throws -> [String] {
        if let file = config ?? environment["VOLUMECTL_CONFIG"] {
            guard FileManager.default.isReadableFile(atPath: file) else {
                throw VolumeError(
                    .invalidInput,
                    "the configuration file '\(file)' can't be read",
                    remedies: ["check --config and VOLUMECTL_CONFIG"]
                )
            }
            return [file]
        }
        let home = environment["XDG_CONFIG_HOME"] ?? (environment["HOME"] ?? "") + "/.config"
        let directory = "/etc/volumectl"
        let fragments = (try? FileManager.default.contentsOfDirectory(atPath: directory + "/conf.d")) ?? []
        let candidates =
            [home + "/volumectl/config.yaml"]
            + fragments.filter { $0.hasSuffix(".yaml") }.sorted(by: >).map { "\(directory)/conf.d/\($0)" }
            + [directory + "/config.yaml"]
        return candidates.filter { FileManager.default.isReadableFile(atPath: $0) }
    }

    /// What `file` says.
    ///
    /// - Throws: ``VolumeError`` with the line when it is not YAML.
    static func provider(for file: String) async throws -> any ConfigProvider {
        do {
            let text = try String(contentsOfFile: file, encoding: .utf8)
            guard let root = try Yams.compose(yaml: text) else { return InMemoryProvider(values: [:]) }
            for warning in unknownKeys(in: root) { Console.note("warning: \(file):\(warning)") }
            return try await FileProvider<YAMLSnapshot>(filePath: FilePath(file))
        } catch {
            throw VolumeError(
                .invalidInput,
                "the configuration file '\(file)' can't be understood",
                cause: "\(error)".trimmingCharacters(in: .whitespacesAndNewlines),
                remedies: ["compare it with the sample etc/volumectl.yaml"]
            )
        }
    }

    private static let known: Set<String> = [
        "state-directory", "db", "project", "pool", "output", "enabled-pools",
        "quota.volumes", "quota.gigabytes", "quota.per-volume-gigabytes",
        "pools.*.driver", "pools.*.path", "pools.*.over-subscription-ratio", "pools.*.reserved-percentage",
    ]

    /// A warning for each key that nothing reads, with its line: a limit that is misspelt is no limit.
    static func unknownKeys(in node: Node, under path: [String] = []) -> [String] {
        guard let mapping = node.mapping else {
            let key = path.joined(separator: ".")
            let pattern =
                path.first == "pools" && path.count > 1
                ? (["pools", "*"] + path.dropFirst(2)).joined(separator: ".") : key
            guard !known.contains(pattern) else { return [] }
            let line = node.mark.map { "\($0.line)" } ?? "?"
            return ["\(line): unknown key '\(key)'" + (nearest(to: pattern).map { ", did you mean '\($0)'?" } ?? "")]
        }
        return mapping.flatMap { key, value in
            unknownKeys(in: value, under: path + [key.string ?? "?"])
        }
    }

    private static func nearest(to key: String) -> String? {
        known.map { ($0, distance(Array($0.utf8), Array(key.utf8))) }
            .filter { $0.1 <= 3 }
            .min { ($0.1, $0.0) < ($1.1, $1.0) }?
            .0
    }

    /// How many bytes have to be inserted, removed or replaced to turn one into the other.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let replaced = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
            }
        }
        return row[right.count]
    }
}
