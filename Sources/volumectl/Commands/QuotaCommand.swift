internal import ArgumentParser
internal import VolumeDriver
internal import Volumes

struct QuotaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quota",
        abstract: "What may be used.",
        subcommands: [ShowQuota.self]
    )
}

struct ShowQuota: ServiceCommand {
    static let access = ServiceAccess.look
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what the project uses and may use."
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: VolumeService, _ settings: Settings) async throws {
        let quota = try await service.quota()
        if quota.usage != quota.counted {
            Console.note("warning: the usage does not agree with the volumes, which use \(quota.counted.words)")
        }
        if output.quiet { return try Console.result(quota.project) }
        if settings.output == .json { return try Console.result(json: QuotaView(quota)) }
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
            ]
        )
        table.isBare = output.noHeaders
        if settings.output == .wide { table.width = nil }
        try Console.result(table.lines)
    }
}

extension QuotaUsage {
    fileprivate var words: String {
        "\(inUse.volumes) volumes of \(inUse.size), and \(reserved.volumes) reserved of \(reserved.size)"
    }
}

/// A project's quota, for programs. No limit is `null`.
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
    }
}
