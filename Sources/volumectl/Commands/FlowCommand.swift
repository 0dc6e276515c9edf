internal import ArgumentParser
internal import Foundation
internal import Identity
internal import SQL
internal import TaskFlow
internal import VolumeAPI

struct FlowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flow",
        abstract: "List, show, draw, follow, wait for, cancel and retry flows.",
        subcommands: [
            ListFlows.self, ShowFlow.self, GraphFlow.self, WatchFlow.self, WaitFlow.self, CancelFlow.self,
            RetryFlow.self, ResumeFlow.self, AbandonFlow.self,
        ]
    )
}

struct ListFlows: ListCommand {
    typealias Record = FlowDetail

    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List flows, newest first.",
        aliases: ["list"]
    )

    @Option(parsing: .unconditional, help: "The maximum number of flows.")
    var limit = 50

    @Option(
        help: ArgumentHelp("Only flows that are older than this one: an id or its beginning.", valueName: "flow"),
        completion: .flows
    )
    var after: String?

    @OptionGroup var list: ListOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        var marker: FlowID?
        if let after { marker = try await service.flow(after).detail.id }
        let hasMore = try await list.print(
            service.flowPages(after: marker, limit: list.filter.isEmpty ? limit : .max, of: 1000),
            by: service,
            as: settings.output,
            output,
            limit: limit,
            part: ListPart(marker: marker?.description),
            id: \.id.description,
            view: { flow in
                switch flow {
                case .success(let flow): FlowView(flow)
                case .failure(let row): FlowView(unreadable: row)
                }
            }
        )
        guard hasMore else { return }
        Console.note(
            marker == nil
                ? "note: these are the newest \(limit); --limit shows more, --after older ones"
                : "note: there are more flows; --after and the last one's id lists them"
        )
    }
}

struct ShowFlow: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a flow's steps with their times, results and errors."
    )

    @Argument(help: "An id, or at least its first four characters.", completion: .flows)
    var flow: String

    @Flag(help: "Show the scheduler's verdict on each pool.")
    var explain = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let (detail, journal) = try await service.flow(flow)
        if output.quiet {
            try Console.result(detail.id.description)
        } else {
            // Hosts are not shown to everybody.
            let hosts = detail.state.isFinished ? [] : (try? await service.hosts()) ?? []
            if settings.output == .json {
                return try Console.result(json: FlowView(detail, journal: journal, hosts: hosts))
            }
            let timeline = Timeline(flow: detail, journal: journal, hosts: hosts, explains: explain)
            try Console.result(timeline.lines)
        }
    }
}

struct RetryFlow: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Retry the reverts of a flow that could not be undone."
    )

    @Argument(help: "The flow's complete id.", completion: .flows)
    var flow: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Stop waiting after this time, such as 30s; the flow goes on.", valueName: "time")
    )
    var timeout: TimeSpan?

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "retry flow \(flow)" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let id = try await service.flowID(flow)
        let interruption = Interruption(.waits("a retry"), startWorker: options.startWorker)
        var control = RequestControl()
        control.deadline = timeout?.deadline
        try await interruption.guarding(reporting: settings.output) { [control] in
            try await service.telling(interruption.tell).retry(id, control: control)
        }
        if output.quiet {
            try Console.result(id.description)
        } else if settings.output == .json {
            let (now, journal) = try await service.flow(id.description)
            try Console.result(json: FlowView(now, journal: journal))
        } else {
            let isRestored = try await service.flow(id.description).detail.state == .reverted
            try Console.result(
                "flow \(id.shortened): "
                    + (isRestored ? "undone, nothing is left behind" : "what it left behind is removed")
            )
        }
    }
}
