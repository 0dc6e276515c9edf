internal import Foundation
internal import LoopbackDriver
public import VolumeAPI
internal import VolumeDriver
public import Volumes

/// The configuration of the service on this host, for every program that contains it. Environment variables override
/// files, which override defaults.
public struct ServiceConfiguration: Sendable {
    /// The directory of the database and of the default pool.
    public let stateDirectory: String
    /// The database.
    public let database: ConfiguredDatabase
    /// The path with which the names of files begin that this host keeps beside the database: its own path, or one in the
    /// state directory for a database on a server.
    public let localFiles: String
    /// The project whose volumes are used.
    public let project: String
    /// The pool for volumes that name none; `nil` lets the scheduler choose.
    public let pool: String?
    /// The type of volumes for which none is named; `nil` for none.
    public let defaultType: String?
    /// The limits of projects without limits of their own.
    public let limits: QuotaLimits
    /// The roles that requests demand.
    public let policy: Policy
    /// The project in use, and the user of this process with the user's roles.
    public let scope: Scope
    /// The users with each role.
    let roleLists: RoleLists
    /// How pools are chosen for new volumes.
    public let scheduling: SchedulerOptions
    /// This host, if several use the database; `nil` for a database of one host.
    public let host: HostOptions?
    /// How this host's worker works.
    public let worker: WorkerOptions
    /// How many days ended flows are kept, and how many of the newest flows; `nil` for no limit.
    public let history: (days: Int?, flows: Int?)
    /// The enabled pools. Their drivers are created when they are first needed.
    public let pools: [Pool]
    /// The settings of the pools' drivers, by the names of the pools.
    public let driverOptions: [String: [String: String]]
    /// The pools that a file describes and that are not enabled.
    public let otherPools: [String]
    /// The configuration files that were read, in order of precedence.
    public let files: [String]

    let reader: SettingsReader

    /// The system's directory for root, the user's own directory for others.
    private static func stateDirectory(_ environment: [String: String]) throws(VolumeError) -> String {
        if geteuid() == 0 { return "/var/lib/volumectl" }
        guard let base = try BaseDirectory.find("XDG_STATE_HOME", orHome: ".local/state", environment) else {
            throw VolumeError(
                .invalidInput,
                "user \(geteuid()) has no home directory for the database",
                cause: "HOME is not set, and the password database has no such user",
                remedies: [
                    .advice("set VOLUMECTL_STATE_DIRECTORY to a directory of your own"), .advice("set HOME"),
                ]
            )
        }
        return base + "/volumectl"
    }

    /// Reads the configuration without touching the database or a pool.
    ///
    /// - Parameters:
    ///   - config: the only file to read, named by the option `--config`; `nil` for the file that the environment names,
    ///     or otherwise the default files.
    ///   - environment: `nil` for the environment of the process. Empty variables count as unset.
    ///   - warn: is called with a line for each unknown key or variable.
    /// - Throws: ``VolumeError`` with the key and the place of an invalid value.
    public static func read(
        config: String? = nil,
        environment: [String: String]? = nil,
        warn: (String) -> Void = { _ in }
    ) async throws -> ServiceConfiguration {
        let environment = (environment ?? ProcessInfo.processInfo.environment).filter { !$0.value.isEmpty }
        let files = try ConfigurationFiles.read(config, environment)
        let reader = SettingsReader(environment, files)
        let names = try await poolNames(reader)
        let variables = UnreadVariables(environment, pools: reader.describedPools.union(names))
        for warning in try variables.warnings() + files.flatMap(\.warnings) { warn(warning) }
        let state = try await reader.path("state-directory") ?? stateDirectory(environment)
        let database = try await database(reader, state: state)
        var pools: [Pool] = []
        var options: [String: [String: String]] = [:]
        for name in names {
            let made = try await Self.pool(name, reader, state: state)
            pools.append(made.pool)
            options[name] = made.options
        }
        let (project, user) = (try await Self.project(reader), UserIdentity.current())
        let lists = try await RoleLists(reader)
        return ServiceConfiguration(
            stateDirectory: state,
            database: database,
            localFiles: database.localFiles(in: state),
            project: project,
            pool: try await preferredPool(reader, among: names),
            defaultType: try await defaultType(reader),
            limits: QuotaLimits(
                volumes: try await reader.limit("quota", "volumes"),
                gigabytes: try await reader.gigabytes("quota", "gigabytes"),
                perVolumeGigabytes: try await reader.gigabytes("quota", "per-volume-gigabytes"),
                snapshots: try await reader.limit("quota", "snapshots", default: 10),
                groups: try await reader.limit("quota", "groups", default: 10)
            ),
            policy: try await Policy(reader),
            scope: Scope(project: project, user: user.name, roles: lists.roles(of: user)),
            roleLists: lists,
            scheduling: try await ConfiguredScheduler.read(reader),
            host: try await HostOptions.read(reader, on: database),
            worker: try await WorkerOptions(reader),
            history: (
                try await reader.limit("history", "days", from: 1, default: 90),
                try await reader.limit("history", "flows", from: 1, default: 100_000)
            ),
            pools: pools,
            driverOptions: options,
            otherPools: reader.describedPools.subtracting(names).sorted(),
            files: files.map(\.path),
            reader: reader
        )
    }

    /// The value of a key of a program, as one of the cases of `Value`; `nil` if it is not set.
    ///
    /// - Throws: ``VolumeError`` with the key and the place of an invalid value.
    package func oneOf<Value: RawRepresentable<String> & CaseIterable>(
        _ type: Value.Type,
        _ key: String
    ) async throws -> Value? {
        try await reader.oneOf(type, key)
    }

    /// The database that is named, or the file in the state directory.
    private static func database(_ reader: SettingsReader, state: String) async throws -> ConfiguredDatabase {
        if let text = try await reader.string("db"), case .server(let address) = ConfiguredDatabase(text) {
            return .server(address)
        }
        return .file(try await reader.path("db") ?? state + "/volumectl.db")
    }

    /// The pool that exists without any configuration.
    private static let builtInPool = "default"

    private static func project(_ reader: SettingsReader) async throws -> String {
        let project = try await reader.string("project") ?? "default"
        guard (try? VolumeName(validating: project)) != nil || UUID(uuidString: project) != nil else {
            throw reader.error(["project"], "'\(project)' is not a name of letters, digits, '.', '_' and '-'")
        }
        return project
    }

    private static func defaultType(_ reader: SettingsReader) async throws -> String? {
        guard let type = try await reader.string("default-type") else { return nil }
        guard (try? VolumeName(validating: type)) != nil else {
            throw reader.error(["default-type"], "'\(type)' is not a name of letters, digits, '.', '_' and '-'")
        }
        return type
    }

    private static func poolNames(_ reader: SettingsReader) async throws -> [String] {
        let names = try await reader.strings("enabled-pools") ?? [builtInPool]
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw reader.error(["enabled-pools"], "pool '\(twice)' is repeated")
        }
        if let bad = names.first(where: { (try? VolumeName(validating: $0)) == nil }) {
            throw reader.error(["enabled-pools"], "'\(bad)' is not a name of letters, digits, '.', '_' and '-'")
        }
        if let stray = names.first(where: { $0 != builtInPool && !reader.isDescribed($0) }) {
            let meant = Spelling.nearest(
                to: stray,
                among: reader.describedPools.subtracting(names).union([builtInPool])
            )
            throw reader.error(
                ["enabled-pools"],
                "nothing describes pool '\(stray)'"
                    + (meant.map { ", did you mean '\($0)'?" } ?? ": a section pools.\(stray) has to")
            )
        }
        return names
    }

    private static func preferredPool(_ reader: SettingsReader, among names: [String]) async throws -> String? {
        guard let pool = try await reader.string("pool"), !names.contains(pool) else {
            return try await reader.string("pool")
        }
        let meant = Spelling.nearest(to: pool, among: names).map { ", did you mean '\($0)'?" }
        throw reader.error(
            ["pool"],
            "no pool '\(pool)' is enabled" + (meant ?? "; the enabled ones are \(names.joined(separator: ", "))")
        )
    }

    /// Refuses keys of other drivers, which would have no effect.
    private static func refuseStrangers(_ kind: DriverKind, _ pool: String, _ reader: SettingsReader)
        throws(VolumeError)
    {
        let own = Set(kind.options.map(\.name) + ConfigurationSchema.poolKeys + ["capabilities"])
        for key in ConfigurationSchema.pool.keys.sorted()
        where !own.contains(key) && reader.isSet(["pools", pool, key]) {
            let readers = DriverRegistry.kinds.filter { $0.options.contains { $0.name == key } }.map(\.name)
            throw reader.error(
                ["pools", pool, key],
                "driver '\(kind.name)' does not read it, but \(readers.sorted().joined(separator: " and ")): "
                    + "set pools.\(pool).driver, or leave it out"
            )
        }
    }

    private static func pool(_ name: String, _ reader: SettingsReader, state: String) async throws
        -> (pool: Pool, options: [String: String])
    {
        let word = try await reader.string("pools", name, "driver") ?? LoopbackDriver.kind
        guard let kind = DriverRegistry.kind(word) else {
            throw reader.error(
                ["pools", name, "driver"],
                "'\(word)' is unknown; the drivers are: \(DriverRegistry.names)"
            )
        }
        try refuseStrangers(kind, name, reader)
        let percent = try await reader.int("pools", name, "reserved-percentage") ?? 0
        guard (0...100).contains(percent) else {
            throw reader.error(["pools", name, "reserved-percentage"], "\(percent) is not between 0 and 100")
        }
        let ratio = try await reader.ratio("pools", name, "over-subscription-ratio")
        var capabilities: [String: String] = [:]
        for key in reader.names(under: ["pools", name, "capabilities"]) {
            capabilities[key.joined(separator: ".")] = try await reader.string(["pools", name, "capabilities"] + key)
        }
        let settings = try await driverSettings(kind, of: name, reader, state: state)
        let pool = Pool(
            name: name,
            kind: kind.name,
            overSubscriptionRatio: ratio ?? Pool.defaultOverSubscriptionRatio,
            hasAutomaticRatio: ratio == nil,
            reservedPercentage: percent,
            extraCapabilities: capabilities,
            placement: try await ConfiguredScheduler.placement(of: name, reader),
            isShared: try kind.isShared(settings),
            makingDriver: try kind.make(settings)
        )
        return (pool, settings.values)
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
}
