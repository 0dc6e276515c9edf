internal import Configuration
internal import Foundation
internal import LoopbackDriver
internal import VolumeDriver
internal import Volumes

/// All that can be configured, read once: environment over file over what is built in.
struct Settings {
    let database: String
    let project: String
    /// The pool for volumes that name none; `nil` leaves the choice to the scheduler.
    let pool: String?
    let limits: QuotaLimits
    let pools: [Pool]
    /// The files that were read, strongest first.
    let files: [String]

    /// Where the service's state is unless it is configured: the system's for root, else the user's own.
    static func stateDirectory(_ environment: [String: String], isRoot: Bool) -> String {
        if isRoot { return "/var/lib/volumectl" }
        let home = environment["HOME"] ?? "/"
        return (environment["XDG_STATE_HOME"] ?? home + "/.local/state") + "/volumectl"
    }

    /// - Parameter config: the only file to read; the usual ones if `nil`.
    /// - Throws: ``VolumeError`` that names the file and the key.
    static func read(
        config: String?,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        isRoot: Bool = geteuid() == 0
    ) async throws -> Settings {
        let files = try ConfigurationFiles.find(config, environment, isRoot: isRoot)
        var providers: [any ConfigProvider] = [
            EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "volumectl")
        ]
        for file in files { providers.append(try await ConfigurationFiles.provider(for: file)) }
        let reader = SettingsReader(ConfigReader(providers: providers), files: files)

        let state = try await reader.path("state-directory") ?? stateDirectory(environment, isRoot: isRoot)
        return Settings(
            database: try await reader.path("db") ?? state + "/volumectl.db",
            project: try await reader.string("project") ?? "default",
            pool: try await reader.string("pool"),
            limits: QuotaLimits(
                volumes: try await reader.limit("quota", "volumes"),
                gigabytes: try await reader.limit("quota", "gigabytes").map(Int64.init),
                perVolumeGigabytes: try await reader.limit("quota", "per-volume-gigabytes").map(Int64.init)
            ),
            pools: try await pools(reader, state: state),
            files: files
        )
    }

    private static func pools(_ reader: SettingsReader, state: String) async throws -> [Pool] {
        let names = try await reader.strings("enabled-pools") ?? ["default"]
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw reader.error("enabled-pools", "names pool '\(twice)' twice")
        }
        var pools: [Pool] = []
        for name in names {
            guard let valid = try? VolumeName(validating: name) else {
                throw reader.error("enabled-pools", "'\(name)' is not a name of letters, digits, '.', '_' and '-'")
            }
            pools.append(try await pool("\(valid)", reader, state: state))
        }
        return pools
    }

    private static func pool(_ name: String, _ reader: SettingsReader, state: String) async throws -> Pool {
        let kind = try await reader.string("pools", name, "driver") ?? LoopbackDriver.kind
        guard kind == LoopbackDriver.kind else {
            throw reader.error("pools.\(name).driver", "'\(kind)' is unknown; the drivers are: \(LoopbackDriver.kind)")
        }
        let percent = try await reader.int("pools", name, "reserved-percentage") ?? 0
        guard (0...100).contains(percent) else {
            throw reader.error("pools.\(name).reserved-percentage", "\(percent) is not between 0 and 100")
        }
        let ratio = try await reader.double("pools", name, "over-subscription-ratio")
        guard ratio ?? 1 >= 1 else {
            throw reader.error("pools.\(name).over-subscription-ratio", "it is less than 1")
        }
        return Pool(
            name: name,
            driver: LoopbackDriver(
                directory: try await reader.path("pools", name, "path") ?? "\(state)/pools/\(name)"
            ),
            overSubscriptionRatio: ratio ?? Pool.defaultOverSubscriptionRatio,
            reservedPercentage: percent
        )
    }
}
