/// What a configuration file may say.
indirect enum ConfigurationSchema: Sendable {
    /// A single value.
    case value
    /// Values.
    case list
    /// Keys with names.
    case section([String: ConfigurationSchema])
    /// Keys that the user names.
    case each(ConfigurationSchema)

    /// What a pool's section may say, whatever its driver.
    static let poolKeys = ["driver", "over-subscription-ratio", "reserved-percentage"]

    /// What a pool's section may say: the keys of every pool, and those of any driver.
    static let pool = DriverRegistry.schema.merging(poolKeys.map { ($0, .value) }) { $1 }

    static let root: Self = .section([
        "state-directory": .value, "db": .value, "project": .value, "pool": .value, "output": .value,
        "enabled-pools": .list,
        "quota": .section(["volumes": .value, "gigabytes": .value, "per-volume-gigabytes": .value]),
        "history": .section(["days": .value, "flows": .value]),
        "pools": .each(.section(pool)),
    ])

    /// The environment's names for what can be set there by a name that is known beforehand.
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
