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
    static let poolKeys = ["driver", "over-subscription-ratio", "reserved-percentage"]

    /// The keys of a pool's section: those of every pool and those of all drivers.
    static let pool = DriverRegistry.schema.merging(poolKeys.map { ($0, .value) }) { $1 }
        .merging(["capabilities": .each(.value)]) { $1 }

    static let root: Self = .section([
        "state-directory": .value, "db": .value, "project": .value, "pool": .value, "output": .value,
        "enabled-pools": .list,
        "quota": .section([
            "volumes": .value, "gigabytes": .value, "per-volume-gigabytes": .value, "snapshots": .value,
        ]),
        "history": .section(["days": .value, "flows": .value]),
        "pools": .each(.section(pool)),
    ])

    /// The environment variables for all keys with fixed names.
    static let environmentNames: [String] = {
        guard case .section(let keys) = root else { return [] }
        let names = keys.flatMap { key, schema -> [[String]] in
            switch schema {
            case .value, .list: [[key]]
            case .section(let inner): inner.keys.map { [key, $0] }
            case .each: []
            }
        }
        return ["VOLUMECTL_CONFIG"] + names.map(EnvironmentName.of)
    }()
}
