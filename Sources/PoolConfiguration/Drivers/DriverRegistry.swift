internal import LoopbackDriver
internal import VolumeAPI
package import VolumeDriver

/// A kind of driver that can be configured.
package struct DriverKind: Sendable {
    /// The value of a pool's `driver` key.
    package let name: String
    /// The keys of a pool's section that this kind reads.
    package let options: [DriverOption]
    /// The key with the path of an executable, for the kind that runs one.
    var executableKey: String? = nil
    /// Whether any host may serve a pool with these settings; otherwise it belongs to the host that is configured with it.
    var isShared: @Sendable (DriverSettings) throws -> Bool = { _ in false }
    /// Reads a pool's settings, and returns a function that creates the driver without changing the backend.
    package let make: @Sendable (DriverSettings) throws -> @Sendable () async throws(DriverError) -> any VolumeDriver
}

/// A key of a pool's section that a kind of driver reads.
package struct DriverOption: Sendable {
    package let name: String
    /// Whether the value is a section with keys that the user chooses.
    var isSection = false
    /// Whether the value is a list. If it is neither, it is a single value.
    var isList = false
    /// The default, if it is known without the driver.
    var builtIn: (@Sendable (DriverSettings) -> String)? = nil

    /// The directory of the sockets of exports.
    static let exportDirectory = DriverOption(name: "export-directory") { $0.builtInExportDirectory }

    /// The structure of the value in a configuration file.
    var schema: ConfigurationSchema { isSection ? .each(.value) : isList ? .list : .value }
}

/// The kinds of drivers that this program knows. Each has an entry in its own file, `DriverKind+NAME.swift`.
package enum DriverRegistry {
    package static let kinds: [DriverKind] = [.external, .loopback, .lvm, .rbd]

    /// The keys of all kinds of drivers.
    static var schema: [String: ConfigurationSchema] {
        let options = kinds.flatMap(\.options)
        return Dictionary(options.map { ($0.name, $0.schema) }) { first, _ in first }
    }

    package static func kind(_ name: String) -> DriverKind? { kinds.first { $0.name == name } }

    /// The kind that runs an executable of the user's.
    package static var executable: (kind: DriverKind, key: String)? {
        kinds.lazy.compactMap { kind in kind.executableKey.map { (kind, $0) } }.first
    }

    /// The names of all kinds, for an error.
    package static var names: String { kinds.map(\.name).sorted().joined(separator: ", ") }
}
