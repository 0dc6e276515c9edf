internal import ArgumentParser
internal import PoolConfiguration
internal import SQL
internal import VolumeAPI
internal import VolumeDriver

struct QuotaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quota",
        abstract: "Show, set and check quotas.",
        subcommands: [ShowQuota.self, SetQuota.self, UnsetQuota.self, DefaultQuota.self, AuditQuota.self]
    )
}

struct ShowQuota: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the project's usage and limits, and where each limit comes from."
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        try output.print(try await service.quota(), settings)
    }
}

struct SetQuota: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Set limits of the project's own, in place of the configured ones.",
        discussion: """
            A LIMIT is a number, 'unlimited' or -1, or 'configured' for that of the
            configuration.

            EXAMPLES:
              volumectl quota set --volumes 50 --gigabytes 10T
              volumectl quota set --type ssd --gigabytes 400
            """
    )

    @Option(parsing: .unconditional, help: ArgumentHelp("The number of volumes.", valueName: "limit"))
    var volumes: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The total size: 10 and 10G are GiB, 1.5T is TiB.", valueName: "limit")
    )
    var gigabytes: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("The size of a single volume.", valueName: "limit"))
    var perVolumeGigabytes: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("The number of snapshots.", valueName: "limit"))
    var snapshots: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("The number of groups.", valueName: "limit"))
    var groups: String?

    @Option(help: "Limit only the volumes of this type, and their snapshots.", completion: .types)
    var type: String?

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "set limits of the project's own" }

    func check() throws { _ = try change() }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let change = try change()
        let quota = try await service.setQuota(change)
        for use in quota.resources where change.limits[use.resource] != nil {
            guard let limit = use.limit, use.recorded.inUse > limit else { continue }
            let noun = use.resource.isSize ? "" : " \(use.resource.base.name)"
            let type = use.resource.type.map { " of type \"\($0)\"" } ?? ""
            Console.note("note: \(use.resource.text(use.recorded.inUse))\(noun)\(type) are in use and stay")
        }
        try output.print(quota, settings)
    }

    private func change() throws -> QuotaChange {
        guard volumes != nil || gigabytes != nil || perVolumeGigabytes != nil || snapshots != nil || groups != nil
        else {
            throw VolumeError(
                .invalidInput,
                "no limit is given",
                remedies: [.command("quota set --volumes 100 --gigabytes 10T"), .command("quota set --help")]
            )
        }
        if let type, perVolumeGigabytes != nil {
            throw VolumeError(
                .invalidInput,
                "a quota has no limit on the size of a single volume of a type",
                cause: "the type itself has one, its extra spec 'provisioning:max_vol_size'",
                remedies: [.showType(type), .command("type set --help")]
            )
        }
        if type != nil, groups != nil {
            throw VolumeError(
                .invalidInput,
                "a quota has no limit on the groups of a type",
                cause: "a group may take volumes of several types",
                remedies: [.command("quota set --groups 10"), .command("quota set --help")]
            )
        }
        return QuotaChange(
            volumes: try volumes.map { try limit($0, .volumes) { Int64($0) } },
            gigabytes: try gigabytes.map { try limit($0, .gigabytes, wholeGibibytes) },
            perVolumeGigabytes: try perVolumeGigabytes.map { try limit($0, .perVolumeGigabytes, wholeGibibytes) },
            snapshots: try snapshots.map { try limit($0, .snapshots) { Int64($0) } },
            groups: try groups.map { try limit($0, .groups) { Int64($0) } },
            type: type
        )
    }

    private func limit(_ text: String, _ resource: QuotaResource, _ parse: (String) -> Int64?) throws -> QuotaLimit {
        switch text {
        // Cinder's spelling is -1.
        case "unlimited", "-1": return .unlimited
        case "configured": return .configured
        default:
            guard let number = parse(text), number >= 0 else {
                throw VolumeError(
                    .invalidInput,
                    "'\(text)' is not a limit for --\(resource.name.replacing("_", with: "-"))",
                    cause: "a limit is a whole number\(resource.isSize ? " of GiB, such as 10, 10G or 1.5T" : ""), "
                        + "'unlimited' or 'configured'",
                    remedies: [.command("quota set --help")]
                )
            }
            return .amount(number)
        }
    }
}

struct UnsetQuota: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "unset",
        abstract: "Remove limits of the project's own: the configured ones apply again.",
        usage: """
            volumectl quota unset NAME...
            volumectl quota unset --all
            """
    )

    @Argument(help: ArgumentHelp("A quota as 'quota show' names it: volumes, gigabytes_ssd.", valueName: "name"))
    var names: [String] = []

    @Flag(help: "Remove all limits of the project's own.")
    var all = false

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "remove limits of the project's own" }

    func check() throws {
        guard names.isEmpty != all else { return }
        throw VolumeError(
            .invalidInput,
            names.isEmpty ? "no quota is named" : "names and --all exclude each other",
            remedies: [.command("quota show"), .command("quota unset --help")]
        )
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let resources =
            all
            ? try await service.quota().resources.filter(\.hasOwnLimit).map(\.resource)
            : names.map { QuotaResource(name: $0.replacing("per-volume-", with: "per_volume_")) }
        let limits = Dictionary(resources.map { ($0, QuotaLimit.configured) }) { first, _ in first }
        try output.print(try await service.setQuota(QuotaChange(limits: limits)), settings)
    }
}

struct DefaultQuota: ConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "defaults",
        abstract: "Show the configured limits, which apply to projects without limits of their own.",
        discussion: "Volume types are unlimited unless 'quota set --type' limits them."
    )

    @OptionGroup var options: ConfigurationOptions

    @OptionGroup var output: OutputOptions

    var configurationFile: String? { options.config }

    func run(_ settings: Settings) async throws {
        let limits = QuotaResource.general.map { DefaultLimitView($0, settings) }
        try await output.print(
            limits,
            as: settings.output,
            ids: limits.map(\.resource),
            none: "no limits",
            columns: [.init(title: "QUOTA"), .init(title: "LIMIT", isNumber: true), .init(title: "FROM")],
            row: { [limits[$0].resource, limits[$0].text, limits[$0].place] }
        )
    }
}
