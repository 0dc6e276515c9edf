internal import ArgumentParser
internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeAPI

struct WaitFlow: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait for a flow to finish, and exit with the status of its request.",
        discussion: "A flow that no process runs is carried on."
    )

    @Argument(help: "The flow's complete id.", completion: .flows)
    var flow: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Stop waiting after this time, such as 30s; the flow goes on.", valueName: "time")
    )
    var timeout: TimeSpan?

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let id = try await service.flowID(flow)
        let interruption = Interruption(.leaves, startWorker: options.startWorker)
        var control = RequestControl()
        control.deadline = timeout?.deadline
        try await interruption.guarding(reporting: settings.output) { [control] in
            try await service.wait(for: id, control: control)
        }
        try await output.print(flow: id, of: service, as: settings.output) { "flow \(id): \($0.state.word)" }
    }
}

struct CancelFlow: WaitingCommand, ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Revert a flow, whichever process runs it."
    )

    @Argument(help: "The flow's complete id.", completion: .flows)
    var flow: String

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "cancel flow \(flow)" }

    /// Recovery might finish the very flow that is to be reverted.
    var recoversFirst: Bool { false }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let id = try await service.flowID(flow)
        try await carryOut(.leaves, by: service, settings) { service, control in
            try await service.cancel(id, control: control)
        }
        try await output.print(flow: id, of: service, as: settings.output) {
            $0.state == .reverted
                ? "flow \(id): cancelled, nothing was left behind" : "flow \(id): \($0.stateWords)"
        }
    }
}

extension OutputOptions {
    /// Prints a finished flow.
    func print(
        flow id: FlowID,
        of service: any VolumeClient,
        as format: OutputFormat,
        _ line: (FlowDetail) -> String
    ) async throws {
        guard !quiet else { return try Console.result(id.description) }
        let (flow, journal) = try await service.flow(id.description)
        guard format != .json else { return try Console.result(json: FlowView(flow, journal: journal)) }
        try Console.result(line(flow))
    }
}

extension FlowDetail {
    /// The state in one word; after a failure, what was done about it.
    var stateWord: String { resolution?.note.split(separator: " ").first.map(String.init) ?? state.word }

    /// The state, for people.
    var stateWords: String {
        if let resolution { return "\(state.word), \(resolution.note)" }
        return cancelRequestedAt == nil || state.isFinished ? state.word : "\(state.word), to be reverted"
    }
}
