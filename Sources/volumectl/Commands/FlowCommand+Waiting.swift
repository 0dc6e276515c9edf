internal import ArgumentParser
internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeAPI

struct WaitFlow: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait for a flow to finish, and exit as the request for it would have.",
        discussion: "A flow that no process carries on is carried on."
    )

    @Argument(help: "The flow's whole id.")
    var flow: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Wait no longer than this, such as 30s; the flow then goes on.", valueName: "time")
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

struct CancelFlow: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Have a flow reverted, whichever process carries it on."
    )

    @Argument(help: "The flow's whole id.")
    var flow: String

    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    /// What is to be undone must not be finished first.
    var recoversFirst: Bool { false }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let id = try await service.flowID(flow)
        let interruption = Interruption(.leaves, startWorker: options.startWorker)
        let control = wait.control
        try await interruption.guarding(reporting: settings.output) {
            try await service.telling(interruption.tell).cancel(id, control: control)
        }
        try await output.print(flow: id, of: service, as: settings.output) {
            $0.state == .reverted
                ? "flow \(id): cancelled, nothing was left behind" : "flow \(id): \($0.stateWords)"
        }
    }
}

extension OutputOptions {
    /// Prints a flow that has been waited for.
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
    /// Where it is, in one word: what has been done about a failure comes before the failure.
    var stateWord: String { resolution?.note.split(separator: " ").first.map(String.init) ?? state.word }

    /// Where it is, for people.
    var stateWords: String {
        if let resolution { return "\(state.word), \(resolution.note)" }
        return cancelRequestedAt == nil || state.isFinished ? state.word : "\(state.word), to be reverted"
    }
}
