internal import ArgumentParser
internal import Identity
internal import SQL
internal import VolumeAPI

struct AuditQuota: ChangingCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Compare the recorded usage with the volumes, snapshots and reservations.",
        discussion: """
            Exits with 0 if there is no difference, and with 8 if there is one that --fix
            has not removed.
            """
    )

    @Flag(help: "Record what is counted, and remove reservations of flows that have ended.")
    var fix = false

    @Flag(help: "Check every project.")
    var allProjects = false

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "record what is counted, if that differs" }

    func validate() throws {
        guard fix || !rehearsal.dryRun else { throw ValidationError("--dry-run needs --fix") }
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let quotas = try await service.auditQuota(allProjects: allProjects, fixing: fix)
        let audit = AuditView(quotas, isFixed: fix)
        if settings.output == .json {
            try Console.result(json: audit)
        } else if output.quiet {
            try Console.result(audit.projects)
        } else if audit.isClean {
            try Console.result("ok  recomputed from \(audit.counts): no difference")
        } else {
            try print(audit, as: settings.output)
        }
        guard !audit.isClean, !fix else { return }
        Console.note("the quota's records differ from what is there; to correct them: \(correction)")
        throw ExitCode(VolumeError.Code.revertIncomplete.exitStatus)
    }

    private var correction: String { "volumectl quota audit --fix" + (allProjects ? " --all-projects" : "") }

    private func print(_ audit: AuditView, as format: OutputFormat) throws {
        var table = Table(
            [
                .init(title: "PROJECT"), .init(title: "QUOTA"), .init(title: "USED", isNumber: true),
                .init(title: "COUNTED", isNumber: true), .init(title: "RESERVED", isNumber: true),
                .init(title: "COUNTED", isNumber: true),
            ],
            rows: audit.differences.map { difference in
                let resource = QuotaResource(name: difference.resource)
                return [difference.project, difference.resource]
                    + [difference.inUse, difference.countedInUse, difference.reserved, difference.countedReserved]
                    .map(resource.text)
            }
        )
        table.isBare = output.noHeaders
        if format == .wide { table.width = nil }
        if !table.rows.isEmpty { try Console.result(table.lines) }
        try Console.result(
            audit.staleReservations.map { "project \($0.project): flow \($0.flow) has ended and has a reservation" }
        )
        if fix { try Console.result("fixed  recomputed from \(audit.counts)") }
    }
}

/// The result of an audit as JSON. Sizes are in bytes.
private struct AuditView: Encodable {
    struct Difference: Encodable {
        let project: String
        let resource: String
        let inUse: Int64
        let countedInUse: Int64
        let reserved: Int64
        let countedReserved: Int64
    }
    struct StaleReservation: Encodable {
        let project: String
        let flow: String
    }

    let schema = "volumectl.quota-audit/v1"
    let volumes: Int
    let snapshots: Int
    let reservations: Int
    let differences: [Difference]
    let staleReservations: [StaleReservation]
    let isFixed: Bool

    init(_ quotas: [QuotaStatus], isFixed: Bool) {
        func sum(_ amount: (QuotaUsage) -> Int) -> Int {
            quotas.reduce(0) { $0.addingReportingOverflow(amount($1.counted)).partialValue }
        }
        volumes = sum { $0.inUse.volumes + $0.reserved.volumes }
        snapshots = sum { $0.inUse.snapshots + $0.reserved.snapshots }
        reservations = quotas.reduce(0) { $0 + $1.reservations.count }
        differences = quotas.flatMap { quota in
            quota.differences.map { difference in
                Difference(
                    project: quota.project,
                    resource: difference.resource.name,
                    inUse: difference.recorded.inUse,
                    countedInUse: difference.counted.inUse,
                    reserved: difference.recorded.reserved,
                    countedReserved: difference.counted.reserved
                )
            }
        }
        staleReservations = quotas.flatMap { quota in
            quota.staleReservations.map { StaleReservation(project: quota.project, flow: $0.description) }
        }
        self.isFixed = isFixed && !(differences.isEmpty && staleReservations.isEmpty)
    }

    var isClean: Bool { differences.isEmpty && staleReservations.isEmpty }

    /// The projects with differences.
    var projects: [String] { Set(differences.map(\.project) + staleReservations.map(\.project)).sorted() }

    var counts: String {
        "\(volumes.of("volume")), \(snapshots.of("snapshot")), \(reservations.of("live reservation"))"
    }
}
