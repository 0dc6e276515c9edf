internal import Foundation
internal import LoopbackDriver
internal import VolumeDriver
internal import Volumes

/// All that can be configured, read once: flag over environment over file over what is built in.
struct Settings {
    let database: String
    let project: String
    /// The pool for volumes that name none; `nil` leaves the choice to the scheduler.
    let pool: String?
    let limits: QuotaLimits
    let pools: [Pool]
    /// How to print results.
    let output: OutputFormat

    /// Where the service's state is unless it is configured: the system's for root, else the user's own.
    static func stateDirectory(_ environment: [String: String], isRoot: Bool) -> String {
        if isRoot { return "/var/lib/volumectl" }
        return BaseDirectory.find("XDG_STATE_HOME", orHome: ".local/state", environment) + "/volumectl"
    }

    /// - Parameters:
    ///   - config: the only file to read; the usual ones if `nil`.
    ///   - output: how the command line asks for results to be printed.
    ///   - environment: an empty variable is as one that isn't set.
    /// - Throws: ``VolumeError`` that names the place and the key.
    static func read(
        config: String?,
        output: OutputFormat?,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        isRoot: Bool = geteuid() == 0
    ) async throws -> Settings {
        let environment = environment.filter { !$0.value.isEmpty }
        let files = try ConfigurationFiles.read(config, environment)
        let reader = SettingsReader(environment, files)
        let names = try await poolNames(reader)
        for warning in unknownVariables(environment) + files.flatMap(\.warnings) {
            Console.note("warning: \(warning)")
        }
        let state = try await reader.path("state-directory") ?? stateDirectory(environment, isRoot: isRoot)
        var pools: [Pool] = []
        for name in names { pools.append(try await pool(name, reader, state: state)) }
        var output = output
        if output == nil { output = try await reader.oneOf(OutputFormat.self, "output") }
        return Settings(
            database: try await reader.path("db") ?? state + "/volumectl.db",
            project: try await project(reader),
            pool: try await reader.string("pool"),
            limits: QuotaLimits(
                volumes: try await reader.limit("quota", "volumes"),
                gigabytes: try await reader.limit("quota", "gigabytes").map(Int64.init),
                perVolumeGigabytes: try await reader.limit("quota", "per-volume-gigabytes").map(Int64.init)
            ),
            pools: pools,
            output: output ?? .table
        )
    }

    private static func project(_ reader: SettingsReader) async throws -> String {
        let project = try await reader.string("project") ?? "default"
        guard (try? VolumeName(validating: project)) != nil || UUID(uuidString: project) != nil else {
            throw reader.error(["project"], "'\(project)' is not a name of letters, digits, '.', '_' and '-'")
        }
        return project
    }

    private static func poolNames(_ reader: SettingsReader) async throws -> [String] {
        let names = try await reader.strings("enabled-pools") ?? ["default"]
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw reader.error(["enabled-pools"], "it names pool '\(twice)' twice")
        }
        if let bad = names.first(where: { (try? VolumeName(validating: $0)) == nil }) {
            throw reader.error(["enabled-pools"], "'\(bad)' is not a name of letters, digits, '.', '_' and '-'")
        }
        return names
    }

    private static func pool(_ name: String, _ reader: SettingsReader, state: String) async throws -> Pool {
        let word = try await reader.string("pools", name, "driver") ?? LoopbackDriver.kind
        guard let kind = DriverRegistry.kind(word) else {
            throw reader.error(
                ["pools", name, "driver"],
                "'\(word)' is unknown; the drivers are: \(DriverRegistry.names)"
            )
        }
        let percent = try await reader.int("pools", name, "reserved-percentage") ?? 0
        guard (0...100).contains(percent) else {
            throw reader.error(["pools", name, "reserved-percentage"], "\(percent) is not between 0 and 100")
        }
        let ratio =
            try await reader.double("pools", name, "over-subscription-ratio") ?? Pool.defaultOverSubscriptionRatio
        guard ratio >= 1 else {
            throw reader.error(["pools", name, "over-subscription-ratio"], "\(ratio) is less than 1")
        }
        return Pool(
            name: name,
            driver: try await kind.make(driverSettings(kind, of: name, reader, state: state)),
            overSubscriptionRatio: ratio,
            reservedPercentage: percent
        )
    }

    private static func driverSettings(
        _ kind: DriverKind,
        of pool: String,
        _ reader: SettingsReader,
        state: String
    ) async throws -> DriverSettings {
        var values: [String: String] = [:]
        for option in kind.options where option.isList {
            let list = try await reader.strings("pools", pool, option.name) ?? []
            for (index, value) in list.enumerated() { values["\(option.name).\(index)"] = value }
        }
        for option in kind.options where !option.isList {
            for key in option.isSection ? reader.names(under: ["pools", pool, option.name]) : [[]] {
                let key = [option.name] + key
                values[key.joined(separator: ".")] = try await reader.string(["pools", pool] + key)
            }
        }
        return DriverSettings(pool: pool, stateDirectory: state, values: values) { key, problem in
            reader.error(["pools", pool] + key.split(separator: ".").map(String.init), problem)
        }
    }

    /// A line for each variable that looks like one that is read, and isn't.
    private static func unknownVariables(_ environment: [String: String]) -> [String] {
        let known = ConfigurationSchema.environmentNames
        return environment.keys.sorted()
            .filter { $0.hasPrefix("VOLUMECTL_") && !$0.hasPrefix("VOLUMECTL_POOLS_") && !known.contains($0) }
            .compactMap { name in
                Spelling.nearest(to: name, among: known, within: 2)
                    .map { "unknown variable \(name), did you mean \($0)?" }
            }
    }
}
