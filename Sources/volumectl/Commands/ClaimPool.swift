internal import ArgumentParser
internal import Foundation
internal import Identity
internal import VolumeAPI

struct ClaimPool: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "claim",
        abstract: "Accept what is at a pool's location now as that pool.",
        discussion: """
            A pool is identified by a mark in it. If another mark or none is found, or
            volumes that the database does not record, the pool is not used until it is
            mounted, or claimed. Recorded volumes that are not there are missing from then
            on; nothing is removed.
            """
    )

    @Argument(help: "The pool's name.", completion: .pools) var pool: String

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Give up after this time, such as 30s; the database is then unchanged.", valueName: "time")
    )
    var timeout: TimeSpan?

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "claim pool \"\(pool)\"" }

    func check() throws {
        guard !yes, !rehearsal.dryRun else { return }
        try Confirmation.requireTerminal(to: "claim a pool", .listPools, .command("pool claim --help"))
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let interruption = Interruption(.leaves, startWorker: options.startWorker)
        var control = RequestControl()
        control.deadline = timeout?.deadline
        let plan = try await interruption.guarding(reporting: settings.output) { [control] in
            try await service.poolClaim(pool, control: control)
        }
        guard yes || plan.isDone || confirms(plan) else {
            Console.note("note: pool \"\(pool)\" was not claimed")
            return
        }
        // The time limit starts after the answer of the person who was asked.
        if !yes { control.deadline = timeout?.deadlineFromNow }
        let claim = try await interruption.guarding(reporting: settings.output) { [control] in
            try await service.claimPool(pool, control: control)
        }
        if output.quiet {
            try Console.result(claim.pool)
        } else if settings.output == .json {
            try Console.result(json: PoolClaimView(claim))
        } else {
            let state = claim.isDone ? "was claimed already" : "claimed"
            try Console.result("pool \"\(claim.pool)\" \(state): \(words(claim))")
        }
    }

    private func confirms(_ claim: PoolClaim) -> Bool {
        Confirmation.ask("claim pool \"\(claim.pool)\"? \(words(claim))")
    }

    private func words(_ claim: PoolClaim) -> String {
        let former = claim.formerName.map { "it was called \"\($0)\"; " } ?? ""
        return former + "\(claim.present) of its \(claim.recorded) recorded volumes exist, "
            + "and \(claim.unknown) that the database does not record"
    }
}

/// A pool claim as JSON.
private struct PoolClaimView: Encodable {
    let schema = "volumectl.pool-claim/v1"
    let pool: String
    @Nullable var formerName: String?
    let recordedVolumes: Int
    let presentVolumes: Int
    let unknownVolumes: Int

    init(_ claim: PoolClaim) {
        pool = claim.pool
        _formerName = Nullable(wrappedValue: claim.formerName)
        recordedVolumes = claim.recorded
        presentVolumes = claim.present
        unknownVolumes = claim.unknown
    }
}
