internal import LoopbackDriver
internal import VolumeAPI
package import VolumeDriver

/// A kind of driver that a configuration can ask for.
package struct DriverKind: Sendable {
    /// What a pool's `driver` says.
    package let name: String
    /// The keys of a pool that this kind reads.
    package let options: [DriverOption]
    /// The key that names an executable, for the kind that is any program; else `nil`.
    var executableKey: String? = nil
    /// Reads the settings of a pool, and tells how its driver is made, which changes nothing on the backend.
    package let make: @Sendable (DriverSettings) throws -> @Sendable () async throws(DriverError) -> any VolumeDriver
}

/// A key that a kind of driver reads from a pool's section.
package struct DriverOption: Sendable {
    /// The key.
    package let name: String
    /// Whether it is a section with names that the user chooses.
    var isSection = false
    /// Whether it is a list; what is neither is a single value.
    var isList = false
    /// What holds where nothing is set, if that can be told without the driver.
    var builtIn: (@Sendable (DriverSettings) -> String)? = nil

    /// Where the sockets of exports are.
    static let exportDirectory = DriverOption(name: "export-directory") { $0.builtInExportDirectory }

    /// What a configuration file may say there.
    var schema: ConfigurationSchema { isSection ? .each(.value) : isList ? .list : .value }
}

/// The drivers that this program knows: each has its entry in a file of its own, `DriverKind+NAME.swift`.
package enum DriverRegistry {
    package static let kinds: [DriverKind] = [.external, .loopback, .lvm, .rbd]

    /// Every key that a pool's section may have, for whatever driver.
    static var schema: [String: ConfigurationSchema] {
        let options = kinds.flatMap(\.options)
        return Dictionary(options.map { ($0.name, $0.schema) }) { first, _ in first }
    }

    /// The kind named `name`; `nil` when there is none.
    package static func kind(_ name: String) -> DriverKind? { kinds.first { $0.name == name } }

    /// The kind that is any program.
    package static var executable: (kind: DriverKind, key: String)? {
        kinds.lazy.compactMap { kind in kind.executableKey.map { (kind, $0) } }.first
    }

    /// What there is, for an error.
    package static var names: String { kinds.map(\.name).sorted().joined(separator: ", ") }
}
