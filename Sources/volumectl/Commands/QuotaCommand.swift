internal import ArgumentParser
internal import PoolConfiguration
internal import SQL
internal import VolumeAPI
internal import VolumeDriver

struct QuotaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quota",
        abstract: "Show and set quotas.",
        subcommands: [ShowQuota.self, SetQuota.self]
    )
}

struct ShowQuota: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the project's usage and limits."
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        try output.print(try await service.quota(), as: settings.output)
    }
}

struct SetQuota: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Set limits of the project's own, in place of the configured ones.",
        discussion: "A LIMIT is a number, 'unlimited', or 'configured' for what the configuration says."
    )

    @Option(help: ArgumentHelp("The number of volumes.", valueName: "limit"))
    var volumes: String?

    @Option(help: ArgumentHelp("The total size: 10 and 10G are GiB, 1.5T is TiB.", valueName: "limit"))
    var gigabytes: String?

    @Option(help: ArgumentHelp("The size of a single volume.", valueName: "limit"))
    var perVolumeGigabytes: String?

    @Option(help: ArgumentHelp("The number of snapshots.", valueName: "limit"))
    var snapshots: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func check() throws { _ = try change() }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let quota = try await service.setQuota(try change())
        let (usage, limits) = (quota.usage, quota.limits)
        if let limit = limits.volumes, usage.inUse.volumes > limit {
            Console.note("note: \(usage.inUse.volumes) volumes are in use and stay")
        }
        if let limit = limits.snapshots, usage.inUse.snapshots > limit {
            Console.note("note: \(usage.inUse.snapshots) snapshots are in use, which stay")
        }
        if let limit = limits.gigabytes.flatMap(ByteCount.init(gibibytes:)), usage.inUse.size > limit {
            Console.note("note: \(usage.inUse.size) are in use and stay")
        }
        try output.print(quota, as: settings.output)
    }

    private func change() throws -> QuotaChange {
        guard volumes != nil || gigabytes != nil || perVolumeGigabytes != nil || snapshots != nil else {
            throw VolumeError(
                .invalidInput,
                "no limit is given",
                remedies: [.command("quota set --volumes 100 --gigabytes 10T"), .command("quota set --help")]
            )
        }
        return QuotaChange(
            volumes: try volumes.map { try limit($0, "volumes") { Int64($0) } },
            gigabytes: try gigabytes.map { try limit($0, "gigabytes", wholeGibibytes) },
            perVolumeGigabytes: try perVolumeGigabytes.map { try limit($0, "per-volume-gigabytes", wholeGibibytes) },
            snapshots: try snapshots.map { try limit($0, "snapshots") { Int64($0) } }
        )
    }

    private func limit(_ text: String, _ option: String, _ parse: (String) -> Int64?) throws -> QuotaLimit {
        switch text {
        case "unlimited": return .unlimited
        case "configured": return .configured
        default:
            guard let number = parse(text), number >= 0 else {
                throw VolumeError(
                    .invalidInput,
                    "'\(text)' is not a limit for --\(option)",
                    cause:
                        "a limit is a whole number\(["volumes", "snapshots"].contains(option) ? "" : " of GiB, such as 10, 10G or 1.5T"), "
                        + "'unlimited' or 'configured'",
                    remedies: [.command("quota set --help")]
                )
            }
            return .amount(number)
        }
    }
}

extension OutputOptions {
    fileprivate func print(_ quota: QuotaStatus, as format: OutputFormat) throws {
        if quota.usage != quota.counted {
            Console.note("warning: the recorded usage differs from that of the volumes, \(quota.counted.words)")
        }
        if quiet { return try Console.result(quota.project) }
        if format == .json { return try Console.result(json: QuotaView(quota)) }
        let (usage, limits) = (quota.usage, quota.limits)
        var table = Table(
            [
                .init(title: "project \(quota.project)"), .init(title: "USED", isNumber: true),
                .init(title: "RESERVED", isNumber: true), .init(title: "LIMIT", isNumber: true),
            ],
            rows: [
                [
                    "volumes", "\(usage.inUse.volumes)", "\(usage.reserved.volumes)",
                    limits.volumes.map { "\($0)" } ?? "unlimited",
                ],
                [
                    "gigabytes", "\(usage.inUse.size)", "\(usage.reserved.size)",
                    limits.gigabytes.map { "\($0) GiB" } ?? "unlimited",
                ],
                ["per_volume_gigabytes", "-", "-", limits.perVolumeGigabytes.map { "\($0) GiB" } ?? "unlimited"],
                [
                    "snapshots", "\(usage.inUse.snapshots)", "\(usage.reserved.snapshots)",
                    limits.snapshots.map { "\($0)" } ?? "unlimited",
                ],
            ]
        )
        table.isBare = noHeaders
        if format == .wide { table.width = nil }
        try Console.result(table.lines)
    }
}

extension QuotaUsage {
    fileprivate var words: String {
        "\(inUse.volumes) volumes and \(inUse.snapshots) snapshots of \(inUse.size), and "
            + "\(reserved.volumes) and \(reserved.snapshots) reserved of \(reserved.size)"
    }
}

/// A project's quota as JSON. An unlimited resource is `null`.
private struct QuotaView: Encodable {
    struct Count: Encodable {
        let inUse: Int
        let reserved: Int
        @Nullable var limit: Int?
    }
    struct Size: Encodable {
        let inUseBytes: Int64
        let reservedBytes: Int64
        @Nullable var limitGib: Int64?
    }

    let schema = "volumectl.quota/v1"
    let project: String
    let volumes: Count
    let gigabytes: Size
    @Nullable var perVolumeLimitGib: Int64?
    let snapshots: Count

    init(_ quota: QuotaStatus) {
        project = quota.project
        volumes = Count(
            inUse: quota.usage.inUse.volumes,
            reserved: quota.usage.reserved.volumes,
            limit: quota.limits.volumes
        )
        gigabytes = Size(
            inUseBytes: quota.usage.inUse.size.bytes,
            reservedBytes: quota.usage.reserved.size.bytes,
            limitGib: quota.limits.gigabytes
        )
        _perVolumeLimitGib = Nullable(wrappedValue: quota.limits.perVolumeGigabytes)
        snapshots = Count(
            inUse: quota.usage.inUse.snapshots,
            reserved: quota.usage.reserved.snapshots,
            limit: quota.limits.snapshots
        )
    }
}
