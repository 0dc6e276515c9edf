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

    static let root: Self = .section([
        "state-directory": .value, "db": .value, "project": .value, "pool": .value, "output": .value,
        "enabled-pools": .list,
        "quota": .section(["volumes": .value, "gigabytes": .value, "per-volume-gigabytes": .value]),
        "pools": .each(
            .section(
                DriverRegistry.schema.merging(
                    ["driver": .value, "over-subscription-ratio": .value, "reserved-percentage": .value]
                ) { $1 }
            )
        ),
    ])

    /// The environment's names for what can be set there by a name that is known beforehand.
    static let environmentNames: [String] = {
        guard case .section(let keys) = root else { return [] }
        let names = keys.flatMap { key, schema -> [String] in
            switch schema {
            case .value, .list: [key]
            case .section(let inner): inner.keys.map { "\(key)-\($0)" }
            case .each: []
            }
        }
        return ["VOLUMECTL_CONFIG"] + names.map { "VOLUMECTL_" + $0.uppercased().replacing("-", with: "_") }
    }()
}
