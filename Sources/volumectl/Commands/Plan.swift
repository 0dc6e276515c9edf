internal import ArgumentParser
internal import PoolConfiguration
internal import SQL
internal import VolumeAPI

struct Plan: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a create would do now, without doing it.",
        discussion: """
            Checks the request, the quota and every pool as 'create' does, with the same
            exit codes. Nothing is changed or reserved.
            """
    )

    @Argument(help: "The volume's name.")
    var name: String

    @Argument(help: ArgumentHelp("The size, as for create.", valueName: "size"))
    var sizeArgument: String?

    @Option(name: [.long, .customShort("s")], parsing: .unconditional, help: "The same as SIZE.")
    var size: String?

    @Option(help: "The pool; by default the scheduler chooses.", completion: .pools)
    var pool: String?

    @Option(help: "Its volume type.", completion: .types)
    var type: String?

    @Flag(help: "Let several holders use it, as for create.")
    var multiattach = false

    @Option(help: ArgumentHelp("The snapshot to create it from.", valueName: "snapshot"), completion: .snapshots)
    var snapshot: String?

    @Option(help: ArgumentHelp("The volume to copy.", valueName: "volume"), completion: .volumes)
    var source: String?

    @Option(
        help: ArgumentHelp(
            "The name of the request, as for create: a request that was made with it is shown.",
            valueName: "key"
        )
    )
    var idempotencyKey: String?

    @OptionGroup var placement: PlacementOptions

    @Flag(help: "Show each filter's compared values, and each weigher's score.")
    var explain = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func check() throws { _ = try request(defaultPool: nil) }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let request = try request(defaultPool: settings.pool)
        let plan = try await explaining(pool, settings) { try await service.plan(request) }
        try output.print(plan, as: settings.output, explains: explain)
    }

    private func request(defaultPool: String?) throws -> VolumeRequest {
        guard snapshot == nil || source == nil else {
            throw VolumeError.malformedCreation("--snapshot and --source exclude each other")
        }
        if let sizeArgument, let size, sizeArgument != size {
            throw VolumeError.malformedCreation("two sizes are given, '\(sizeArgument)' and '\(size)'")
        }
        let origin = snapshot.map(VolumeSource.snapshot) ?? source.map(VolumeSource.volume)
        guard let text = size ?? sizeArgument ?? (origin == nil ? nil : "") else {
            throw VolumeError.malformedCreation("no size is given", remedy: .command("plan --help"))
        }
        var request = try VolumeRequest(words: name, size: text.isEmpty ? nil : text, source: origin, pool: pool)
        request.defaultPool = defaultPool
        request.type = type
        request.attributes.isMultiattach = multiattach
        request.placement = try placement.request()
        request.idempotencyKey = try idempotencyKey.map(IdempotencyKey.init(validating:))
        return request
    }
}
