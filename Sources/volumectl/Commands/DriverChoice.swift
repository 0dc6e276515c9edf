internal import ArgumentParser
internal import Foundation
internal import PoolConfiguration
internal import VolumeAPI
internal import VolumeDriver
internal import Volumes

/// A driver and its settings.
struct DriverChoice: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A configured pool, a kind of driver, or the path of an external driver.",
            valueName: "driver"
        ),
        completion: .pools
    )
    var name: String
    @Option(help: ArgumentHelp("A setting of the driver, as in the configuration.", valueName: "key=value"))
    var set: [String] = []
    @Option(help: ArgumentHelp("The same as --set path=PATH.", valueName: "path"))
    var path: String?
    @OptionGroup private var options: ConfigurationOptions

    var config: String? { options.config }

    func check() throws {
        if let bad = set.first(where: { !$0.contains("=") }) {
            throw VolumeError(.invalidInput, "'\(bad)' is not KEY=VALUE", remedies: [.command("driver check --help")])
        }
    }

    /// The arguments by which another process chooses the same driver.
    var arguments: [String] {
        [name] + set.flatMap { ["--set", $0] } + (path.map { ["--path", $0] } ?? [])
            + (config.map { ["--config", $0] } ?? [])
    }

    /// Returns a function that creates instances of the driver.
    ///
    /// - Parameter scratch: the directory for the volumes of a driver without a configured location.
    func maker(_ settings: Settings, scratch: String) throws -> @Sendable () async throws -> any VolumeDriver {
        if let pool = settings.pools.first(where: { $0.name == name }), set.isEmpty, path == nil {
            return { try await pool.driver() }
        }
        var values = Dictionary(
            set.map { pair in
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), String(parts[1]))
            },
            uniquingKeysWith: { $1 }
        )
        var origins = Dictionary(values.keys.map { (Self.option(of: $0), "--set") }) { first, _ in first }
        if let path { (values["path"], origins["path"]) = (path, "--path") }
        let kind = try kind(settings, &values)
        origins.merge(values.keys.map { (Self.option(of: $0), "'\(name)'") }) { known, _ in known }
        let names = kind.options.map(\.name)
        if let unknown = values.keys.first(where: { !names.contains(Self.option(of: $0)) }) {
            throw VolumeError(
                .invalidInput,
                "driver '\(kind.name)' has no setting '\(unknown)'",
                cause: "its settings are \(names.joined(separator: ", "))",
                remedies: [.command("driver check --help")]
            )
        }
        let driverSettings = DriverSettings(pool: "check", stateDirectory: scratch, values: values) {
            [origins] key, problem in
            .configuration([key], problem, from: origins[Self.option(of: key)])
        }
        return try kind.make(driverSettings)
    }

    /// The driver's option to which a key belongs: the part before the first dot.
    private static func option(of key: String) -> String { String(key.prefix { $0 != "." }) }

    private func kind(_ settings: Settings, _ values: inout [String: String]) throws -> DriverKind {
        if name.contains("/"), let (kind, key) = DriverRegistry.executable {
            values[key] = URL(filePath: name).standardizedFileURL.path
            return kind
        }
        if let known = DriverRegistry.kind(name) { return known }
        let pools = settings.pools.map(\.name).joined(separator: ", ")
        throw VolumeError(
            .notFound,
            "there is no pool and no driver '\(name)'",
            cause: "the pools are \(pools), the drivers \(DriverRegistry.names)",
            remedies: [.listPools]
        )
    }
}
