internal import ArgumentParser
internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeAPI

struct AbandonFlow: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "abandon",
        abstract: "Give up a flow that can't be carried on or undone.",
        discussion: "This is recorded. The flow's volume stays, in status error or error_deleting, and can be removed."
    )

    @Argument(help: "The flow's complete id.", completion: .flows)
    var flow: String

    @Flag(help: "Forget the volume: release its quota, and leave its data, if any, in its pool.")
    var forgetBackend = false

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "abandon flow \(flow)\(forgetBackend ? ", and forget its volume" : "")" }

    /// Recovery would carry on the very flow that is to be given up.
    var recoversFirst: Bool { false }

    func check() throws {
        guard !yes, !rehearsal.dryRun else { return }
        try Confirmation.requireTerminal(
            to: "abandon a flow",
            .command("flow abandon \(FlowID(flow)?.description ?? "FLOW") -y")
        )
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let id = try await service.flowID(flow)
        if !yes, !(try await confirms(id, service)) {
            Console.note("note: the flow is kept")
            throw ExitCode(ExitStatus.endedByPerson)
        }
        let abandoned = try await service.abandon(id, forgettingBackend: forgetBackend)
        for volume in abandoned.volumes where forgetBackend {
            let place = await service.location(of: volume)
            Console.note("note: volume \"\(volume.label)\" is forgotten; LEFT BEHIND, if anything: \(place)")
        }
        for snapshot in abandoned.snapshots where forgetBackend {
            let place = await service.location(of: snapshot)
            Console.note("note: snapshot \"\(snapshot.label)\" is forgotten; LEFT BEHIND, if it is there: \(place)")
        }
        if try await found(id, service) == nil { return try printUnreadable(id, as: settings.output) }
        try await output.print(flow: id, of: service, as: settings.output) { "flow \(id): \($0.stateWords)" }
    }

    private func confirms(_ id: FlowID, _ service: any VolumeClient) async throws -> Bool {
        let detail = try await found(id, service)
        let words = detail.map { "\($0.name) \"\($0.subject)\"" } ?? "whose record can't be read"
        let fate = forgetBackend ? "and forget its volume, leaving its data" : "and leave its volume as it is"
        return Confirmation.ask("abandon flow \(id), \(words), \(fate)?")
    }

    /// Returns the flow; `nil` if its record can't be read.
    private func found(_ id: FlowID, _ service: any VolumeClient) async throws -> FlowDetail? {
        do {
            return try await service.flow(id.description).detail
        } catch {
            guard error.code == .storeUnavailable else { throw error }
            return nil
        }
    }

    /// Prints that the flow was abandoned, without the record that can't be read.
    private func printUnreadable(_ id: FlowID, as format: OutputFormat) throws {
        let reason = "it was abandoned; its record can't be read"
        if output.quiet {
            try Console.result(id.description)
        } else if format == .json {
            try Console.result(json: FlowView(unreadable: UnreadableRow(table: "flow", key: "\(id)", reason: reason)))
        } else {
            try Console.result("flow \(id): \(reason)")
        }
    }
}
