internal import ArgumentParser
internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

struct RevertVolume: WaitingCommand, ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "revert",
        abstract: "Take a volume back to a snapshot. The data written to it since is lost."
    )

    @Argument(help: "The volume's complete name or id.", completion: .volumes)
    var volume: String

    @Argument(help: "The snapshot's complete name or id.", completion: .snapshotsOfVolume)
    var snapshot: String

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "revert volume \"\(volume)\" to snapshot \"\(snapshot)\"" }

    func check() throws {
        guard !yes, !rehearsal.dryRun else { return }
        let isPlain = [volume, snapshot].allSatisfy { $0.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._@-]*/) != nil }
        try Confirmation.requireTerminal(
            to: "revert a volume",
            .command("snapshot revert \(isPlain ? "\(volume) \(snapshot)" : "VOLUME SNAPSHOT") -y")
        )
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let found = try await service.volume(named: volume)
        let question =
            "revert \(found.label), \(found.size), to snapshot \(snapshot), and lose what was written to it since?"
        guard yes || Confirmation.ask(question) else {
            Console.note("note: \(found.label) is left as it is")
            throw ExitCode(ExitStatus.endedByPerson)
        }
        let (snapshot, control) = (snapshot, yes ? wait.control : wait.controlFromNow)
        let flow = try await carryOut(.waits("a revert"), by: service, settings, control: control) { service, control in
            try await service.revert(found.id.description, to: snapshot, control: control)
        }
        let volume = try await service.volume(named: found.id.description)
        let view = VolumeView(volume, location: await service.location(of: volume))
        if wait.noWait {
            return try output.print(begun: flow, as: settings.output, view) {
                "flow \(flow): reverting volume \"\(volume.label)\" to snapshot \(snapshot)"
            }
        }
        if output.quiet {
            try Console.result(volume.id.description)
        } else if settings.output == .json {
            try Console.result(json: view)
        } else {
            try Console.result("\(volume.label)  \(volume.size)  reverted to \(snapshot)  \(volume.status.rawValue)")
        }
    }
}
