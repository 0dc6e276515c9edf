internal import ArgumentParser
internal import VolumeAPI
internal import VolumeDriver

struct RepairCommand: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Bring a volume or snapshot to rest that its flow has left in between.",
        discussion: """
            Looks what the pool holds of it, and moves it to the status that fits, if that
            may follow its present one. What a look can't decide becomes a failed status: a
            removal that was begun is to be repeated, not believed to have done nothing.

            One that a flow is working on, or whose flow can be retried, is left to the
            flow. A failed status stays, as only a removal, a resize or a retry ends it:
            what is found, and the command that ends it, are printed.

            EXAMPLES:
              volumectl repair pg-data --dry-run
              volumectl repair pg-data@monday
            """
    )

    @Argument(help: "A volume's complete name or id, or VOLUME@SNAPSHOT.", completion: .volumes)
    var object: String

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "repair \(object)" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let repair = try await service.repair(object)
        if output.quiet { return try Console.result(repair.id) }
        if settings.output == .json { return try Console.result(json: RepairView(repair)) }
        let found = "\(repair.label)  in its pool: \(repair.found.words)"
        try Console.result(
            repair.isChanged
                ? "\(found); was \(repair.formerStatus), is \(repair.status)"
                : "\(found); is \(repair.status)" + (repair.remedies.isEmpty ? ", nothing to repair" : "")
        )
        for remedy in repair.remedies { Console.note("try:  \(remedy.text)") }
    }

    func rehearse(_ service: any VolumeClient, _ settings: Settings) async throws {
        var found: Repair?
        let rehearsal = try await service.rehearse { found = try await service.repair(object) }
        let deed = found.map { "set \($0.label), which is \($0.formerStatus), to \($0.status)" }
        if let found, !output.quiet, settings.output != .json {
            Console.note("note: in its pool: \(found.found.words)")
        }
        try output.print(rehearsal, of: deed ?? self.deed, as: settings.output)
    }
}

/// A repair as JSON.
private struct RepairView: Encodable {
    let schema = "volumectl.repair/v1"
    let id: String
    let label: String
    /// `absent`, `partial` or `complete`.
    let found: String
    /// The size of what is complete, in bytes.
    @Nullable var foundBytes: Int64?
    let formerStatus: String
    let status: String
    let remedies: [RemedyView]

    init(_ repair: Repair) {
        (id, label) = (repair.id, repair.label)
        (formerStatus, status) = (repair.formerStatus, repair.status)
        remedies = repair.remedies.map(RemedyView.init)
        switch repair.found {
        case .absent: (found, _foundBytes) = ("absent", Nullable(wrappedValue: nil))
        case .partial: (found, _foundBytes) = ("partial", Nullable(wrappedValue: nil))
        case .complete(let size): (found, _foundBytes) = ("complete", Nullable(wrappedValue: size.bytes))
        }
    }
}

extension VolumePresence {
    /// What a pool holds, for people.
    fileprivate var words: String {
        switch self {
        case .absent: "nothing"
        case .partial: "an unfinished object"
        case .complete(let size): "\(size)"
        }
    }
}
