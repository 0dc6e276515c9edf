internal import VolumeAPI
internal import Volumes

/// An effective value of the configuration, with its origin.
public struct ConfiguredValue: Sendable, Hashable {
    /// The origin of a value, in order of precedence.
    public enum Origin: Sendable, Hashable, CustomStringConvertible {
        /// An option of a command line.
        case option(String)
        /// An environment variable.
        case variable(String)
        /// A line of a file.
        case file(String, line: Int)
        /// The program's default.
        case builtIn

        /// The origin as text: `/etc/volumectl/config.yaml:3`, or the name of the option or the variable.
        public var description: String {
            switch self {
            case .option(let name), .variable(let name): name
            case .file(let path, let line): "\(path):\(line)"
            case .builtIn: "built in"
            }
        }
    }

    /// The key with its sections: `quota.volumes`.
    public let key: String
    /// The value as it would be written in a file; `nil` for none.
    public let value: String?
    /// The source that sets the value.
    public let origin: Origin

    /// - Parameter value: as it would be written in a file; `nil` for none.
    public init(key: String, value: String?, origin: Origin) {
        self.key = key
        self.value = value
        self.origin = origin
    }
}

extension ServiceConfiguration {
    /// All effective values, in the order of the sample. A pool has the values of its driver that are set or have a
    /// default.
    public var values: [ConfiguredValue] {
        let own: [([String], String?)] = [
            (["state-directory"], stateDirectory), (["db"], "\(database)"), (["project"], project), (["pool"], pool),
            (["default-type"], defaultType),
            (["quota", "volumes"], Self.text(limits.volumes)), (["quota", "gigabytes"], Self.text(limits.gigabytes)),
            (["quota", "per-volume-gigabytes"], Self.text(limits.perVolumeGigabytes)),
            (["quota", "snapshots"], Self.text(limits.snapshots)), (["quota", "groups"], Self.text(limits.groups)),
            (["scheduler", "weight-handler"], scheduling.handler.rawValue),
            (["scheduler", "max-attempts"], "\(scheduling.maximumAttempts)"),
        ]
        let hosts: [([String], String?)] = [
            (["host"], host?.name), (["worker", "report-interval"], Self.text(worker.reportInterval)),
            (["worker", "report-limit"], Self.text(host?.reportLimit ?? HostOptions.defaultReportLimit)),
            (["worker", "flows-per-pool"], "\(worker.flowsPerPool)"),
            (["worker", "stop-limit"], Self.text(worker.stopLimit)), (["worker", "lease"], Self.text(worker.lease)),
        ]
        let weighers: [([String], String?)] = ConfiguredScheduler.weighers.map { weigher in
            let multiplier = scheduling.weighings.first { $0.weigher.name == weigher.name }?.multiplier ?? 0
            return (["scheduler", "weighers", weigher.name], "\(multiplier)")
        }
        let rest: [([String], String?)] = [
            (["history", "days"], Self.text(history.days)), (["history", "flows"], Self.text(history.flows)),
            (["enabled-pools"], Self.text(pools.map(\.name))),
        ]
        let lists = roleLists.words.sorted { $0.key < $1.key }.map { (["policy", $0.key], Self.text($0.value)) }
        let rules = policy.roles.map { (["policy", "rules", $0.key.rawValue], $0.value.rawValue) }
            .sorted { $0.0.joined() < $1.0.joined() }
        let all = own + weighers + hosts + rest + lists + rules
        return all.map { value($0.0, $0.1) } + pools.flatMap(values)
    }

    /// The origin of the value of a key.
    public func origin(of key: String...) -> ConfiguredValue.Origin { reader.origin(of: key) }

    private func value(_ key: [String], _ value: String?) -> ConfiguredValue {
        ConfiguredValue(key: key.joined(separator: "."), value: value, origin: reader.origin(of: key))
    }

    private func values(of pool: Pool) -> [ConfiguredValue] {
        let section = ["pools", pool.name]
        let common =
            [
                value(section + ["driver"], pool.kind),
                value(
                    section + ["over-subscription-ratio"],
                    pool.hasAutomaticRatio ? "auto" : "\(pool.overSubscriptionRatio)"
                ),
                value(section + ["reserved-percentage"], "\(pool.reservedPercentage)"),
            ]
            + [
                ("zone", pool.placement.zone), ("filter-function", pool.placement.filterFunction),
                ("goodness-function", pool.placement.goodnessFunction),
            ]
            .filter { $0.1 != nil }.map { value(section + [$0.0], $0.1) }
            + pool.extraCapabilities.sorted { $0.key < $1.key }
            .map { value(section + ["capabilities", $0.key], $0.value) }
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

    /// Seconds, as a whole number if they are one.
    private static func text(_ time: Duration) -> String {
        let seconds = time / .seconds(1)
        return seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
    }

    private static func text(_ words: [String]) -> String { "[\(words.joined(separator: ", "))]" }
}
