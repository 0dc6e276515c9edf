internal import ArgumentParser
internal import PoolConfiguration
internal import VolumeAPI
internal import Volumes

/// Completes words of a command line with the names of objects that exist. It only reads, waits for nothing, and offers
/// nothing if the configuration or the database can't be read.
struct NameCompletion: Sendable {
    /// The source of names while a shell's request is answered; `nil` in other processes.
    @TaskLocal static var current: NameCompletion?

    let configuration: ServiceConfiguration

    /// Whether a shell's script has called the program with these arguments.
    static func isRequested(by arguments: [String]) -> Bool { arguments.first == "---completion" }

    /// Runs `parse`, which answers if `arguments` are a shell's request for completions.
    static func answering<Result>(_ arguments: [String], _ parse: () throws -> Result) async rethrows -> Result {
        guard isRequested(by: arguments) else { return try parse() }
        let file =
            zip(arguments, arguments.dropFirst()).first { $0.0 == "--config" }?.1
            ?? arguments.first { $0.hasPrefix("--config=") }.map { String($0.dropFirst("--config=".count)) }
        let configuration = try? await ServiceConfiguration.read(config: file)
        return try $current.withValue(configuration.map(NameCompletion.init), operation: parse)
    }

    func names(_ kind: NameKind, _ prefix: String) -> [String] {
        let names = try? configuration.database.peek { connection in
            try kind.names(
                startingWith: prefix,
                for: configuration.scope,
                under: configuration.policy,
                in: connection
            )
        }
        // A shell would run or split anything else.
        return (names ?? []).filter { $0.wholeMatch(of: /[A-Za-z0-9._@-]+/) != nil }
    }

    func pools(_ prefix: String) -> [String] { configuration.pools.map(\.name).filter { $0.hasPrefix(prefix) } }
}

extension CompletionKind {
    static var volumes: CompletionKind { .names(.volumes) }
    static var snapshots: CompletionKind { .names(.snapshots) }
    static var types: CompletionKind { .names(.types) }
    static var qosSpecs: CompletionKind { .names(.qosSpecs) }
    static var groups: CompletionKind { .names(.groups) }
    static var flows: CompletionKind { .names(.flows) }
    static var projects: CompletionKind { .names(.projects) }

    /// Snapshots of the volume that is the word before.
    static var snapshotsOfVolume: CompletionKind {
        .custom { words, index, prefix in
            guard words.indices.contains(index - 1) else { return [] }
            return NameCompletion.current?.names(.snapshotsOf(volume: words[index - 1]), prefix) ?? []
        }
    }

    static var volumesAndSnapshots: CompletionKind {
        .custom { _, _, prefix in
            guard let names = NameCompletion.current else { return [] }
            return prefix.contains("@") ? names.names(.snapshots, prefix) : names.names(.volumes, prefix)
        }
    }

    static var pools: CompletionKind { .custom { _, _, prefix in NameCompletion.current?.pools(prefix) ?? [] } }

    private static func names(_ kind: NameKind) -> CompletionKind {
        .custom { _, _, prefix in NameCompletion.current?.names(kind, prefix) ?? [] }
    }
}
