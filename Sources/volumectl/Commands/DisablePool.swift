internal import ArgumentParser
internal import VolumeAPI
internal import VolumeDriver

struct EnablePool: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable",
        abstract: "Let a disabled pool take new volumes again."
    )

    @Argument(help: "The pool's name.", completion: .pools) var pool: String
    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "enable pool \"\(pool)\"" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let wasDisabled = try await explaining(pool, settings) { try await service.enablePool(pool) }
        if output.quiet { return try Console.result(pool) }
        if settings.output == .json { return try Console.result(json: PoolStateView(enabled: pool)) }
        try Console.result("pool \"\(pool)\" " + (wasDisabled ? "enabled" : "was enabled already"))
    }
}

struct DisablePool: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable",
        abstract: "Let a pool take no new volumes; its volumes can be used as before."
    )

    @Argument(help: "The pool's name.", completion: .pools) var pool: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The reason, for people who look for the pool.", valueName: "text")
    )
    var reason: String

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "disable pool \"\(pool)\"" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let disabled = try await explaining(pool, settings) {
            try await service.disablePool(pool, reason: reason, drains: false)
        }
        try output.print(disabled, as: settings.output)
    }
}

struct DrainPool: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Disable a pool, and say which volumes are still in it.",
        discussion: "No volume is moved or removed."
    )

    @Argument(help: "The pool's name.", completion: .pools) var pool: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The reason, for people who look for the pool.", valueName: "text")
    )
    var reason = ""

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "drain pool \"\(pool)\"" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let disabled = try await explaining(pool, settings) {
            try await service.disablePool(pool, reason: reason, drains: true)
        }
        try output.print(disabled, as: settings.output)
    }
}

/// Whether a pool takes new volumes, as JSON.
struct PoolStateView: Encodable {
    let schema = "volumectl.pool-state/v1"
    let pool: String
    /// `enabled`, `disabled` or `draining`.
    let state: String
    /// Left out for an enabled pool, as are all below.
    var since: String?
    var user: String?
    var reason: String?
    var remainingVolumes: Int?
    var remainingBytes: Int64?
    /// Some of the project's volumes that are still in the pool.
    var volumes: [String]?

    init(enabled pool: String) { (self.pool, state) = (pool, "enabled") }

    init(_ disabled: DisabledPool) {
        pool = disabled.pool
        state = disabled.disabling.word
        since = disabled.disabling.since.timestamp
        user = disabled.disabling.user
        reason = disabled.disabling.reason
        remainingVolumes = disabled.remaining.volumes
        remainingBytes = disabled.remaining.size.bytes
        volumes = disabled.volumes
    }
}

extension PoolDisabling {
    /// The state as people and programs read it.
    var word: String { isDraining ? "draining" : "disabled" }
}

extension OutputOptions {
    fileprivate func print(_ disabled: DisabledPool, as format: OutputFormat) throws {
        if quiet { return try Console.result(disabled.pool) }
        if format == .json { return try Console.result(json: PoolStateView(disabled)) }
        let (count, size) = (disabled.remaining.volumes, disabled.remaining.size)
        let rest = count == 0 ? "it is empty" : "\(count) volume\(count == 1 ? " is" : "s are") still there, \(size)"
        var lines = ["pool \"\(disabled.pool)\" \(disabled.disabling); \(rest)"]
        if disabled.disabling.isDraining {
            lines += disabled.volumes.map { "  \($0)" }
            let others = count - disabled.volumes.count
            if others > 0 { lines.append("  and \(others) more, some of which may be of other projects") }
        }
        try Console.result(lines)
    }
}
