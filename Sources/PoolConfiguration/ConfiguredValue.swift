internal import VolumeAPI
internal import Volumes

/// A value of the configuration that is in force, and what says so.
public struct ConfiguredValue: Sendable, Hashable {
    /// What a value comes from, strongest first.
    public enum Origin: Sendable, Hashable, CustomStringConvertible {
        /// An option of a command line.
        case option(String)
        /// An environment variable.
        case variable(String)
        /// A line of a file.
        case file(String, line: Int)
        /// Nothing says anything else.
        case builtIn

        /// For people: `/etc/volumectl/config.yaml:3`, or the name of the option or the variable.
        public var description: String {
            switch self {
            case .option(let name), .variable(let name): name
            case .file(let path, let line): "\(path):\(line)"
            case .builtIn: "built in"
            }
        }
    }

    /// The key, with its sections: `quota.volumes`.
    public let key: String
    /// The value as a file would have it; `nil` for none.
    public let value: String?
    /// What it comes from.
    public let origin: Origin

    /// A value that `origin` says.
    public init(key: String, value: String?, origin: Origin) {
        self.key = key
        self.value = value
        self.origin = origin
    }
}

extension ServiceConfiguration {
    /// Every value that is in force, in the order of the sample. Of what its driver reads, a pool has what is set or is built in.
    public var values: [ConfiguredValue] {
        let own: [([String], String?)] = [
            (["state-directory"], stateDirectory), (["db"], database), (["project"], project), (["pool"], pool),
            (["quota", "volumes"], Self.text(limits.volumes)), (["quota", "gigabytes"], Self.text(limits.gigabytes)),
            (["quota", "per-volume-gigabytes"], Self.text(limits.perVolumeGigabytes)),
            (["history", "days"], Self.text(history.days)), (["history", "flows"], Self.text(history.flows)),
            (["enabled-pools"], Self.text(pools.map(\.name))),
        ]
        return own.map { value($0.0, $0.1) } + pools.flatMap(values)
    }

    /// What says something about a key; ``ConfiguredValue/Origin/builtIn`` if nothing does.
    public func origin(of key: String...) -> ConfiguredValue.Origin { reader.origin(of: key) }

    private func value(_ key: [String], _ value: String?) -> ConfiguredValue {
        ConfiguredValue(key: key.joined(separator: "."), value: value, origin: reader.origin(of: key))
    }

    private func values(of pool: Pool) -> [ConfiguredValue] {
        let section = ["pools", pool.name]
        let common = [
            value(section + ["driver"], pool.kind),
            value(section + ["over-subscription-ratio"], "\(pool.overSubscriptionRatio)"),
            value(section + ["reserved-percentage"], "\(pool.reservedPercentage)"),
        ]
        guard let kind = DriverRegistry.kind(pool.kind) else { return common }
        let set = driverOptions[pool.name] ?? [:]
        let settings = DriverSettings(pool: pool.name, stateDirectory: stateDirectory, values: set) { key, problem in
            reader.error(section + [key], problem)
        }
        return common
            + kind.options.flatMap { option -> [ConfiguredValue] in
                let key = section + [option.name]
                if option.isSection {
                    return settings.section(option.name).sorted { $0.key < $1.key }
                        .map { value(key + [$0.key], $0.value) }
                }
                let words = option.isList ? settings.list(option.name) : []
                let text = option.isList && !words.isEmpty ? Self.text(words) : set[option.name]
                return (text ?? option.builtIn?(settings)).map { [value(key, $0)] } ?? []
            }
    }

    private static func text(_ limit: (some BinaryInteger)?) -> String { limit.map { "\($0)" } ?? "-1" }

    private static func text(_ words: [String]) -> String { "[\(words.joined(separator: ", "))]" }
}
