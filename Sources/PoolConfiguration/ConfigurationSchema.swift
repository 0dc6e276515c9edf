internal import Volumes

/// The structure of a configuration file.
indirect enum ConfigurationSchema: Sendable {
    /// A single value.
    case value
    /// A list of values.
    case list
    /// A section with known keys.
    case section([String: ConfigurationSchema])
    /// A section with keys that the user chooses.
    case each(ConfigurationSchema)

    /// The keys of every pool's section.
    static let poolKeys = [
        "driver", "over-subscription-ratio", "reserved-percentage", "zone", "filter-function", "goodness-function",
    ]

    /// The keys of a pool's section: those of every pool and those of all drivers.
    static let pool = DriverRegistry.schema.merging(poolKeys.map { ($0, .value) }) { $1 }
        .merging(["capabilities": .each(.value)]) { $1 }

    static let root: Self = .section([
        "state-directory": .value, "db": .value, "project": .value, "pool": .value, "output": .value,
        "default-type": .value,
        "enabled-pools": .list,
        "quota": .section([
            "volumes": .value, "gigabytes": .value, "per-volume-gigabytes": .value, "snapshots": .value,
            "groups": .value,
        ]),
        "scheduler": .section([
            "weighers": .section(
                Dictionary(uniqueKeysWithValues: ConfiguredScheduler.weighers.map { ($0.name, .value) })
            ),
            "weight-handler": .value, "max-attempts": .value,
        ]),
        "host": .value,
        "worker": .section([
            "report-interval": .value, "report-limit": .value, "flows-per-pool": .value, "stop-limit": .value,
            "lease": .value,
        ]),
        "history": .section(["days": .value, "flows": .value]),
        "policy": .section([
            "readers": .list, "members": .list, "admins": .list, "rules": .each(.value),
        ]),
        "pools": .each(.section(pool)),
    ])

    /// The environment variables for all keys with fixed names.
    static let environmentNames: [String] = {
        // The environment is the user's own, and can't say what the user may do.
        let names = root.fixedKeys.filter { $0.first != "policy" }
        return ["VOLUMECTL_CONFIG"] + names.map(EnvironmentName.of)
    }()

    /// All keys in it with fixed names.
    private var fixedKeys: [[String]] {
        switch self {
        case .value, .list: [[]]
        case .section(let keys): keys.flatMap { key, schema in schema.fixedKeys.map { [key] + $0 } }
        case .each: []
        }
    }
}
