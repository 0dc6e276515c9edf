internal import ArgumentParser
internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

struct Forget: WaitingCommand, ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Remove a volume's record, and leave its data in the pool.",
        discussion: """
            Its quota is free then. The data stays where it is, under its name on the
            backend, and 'adopt' makes it a volume again. A volume that is in use or has
            snapshots is refused.
            """
    )

    @Argument(help: "A complete name or id.", completion: .volumes)
    var volume: String

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "forget volume \"\(volume)\", and leave its data in the pool" }

    func check() throws {
        guard !yes, !rehearsal.dryRun else { return }
        let isPlain = volume.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]*/) != nil
        try Confirmation.requireTerminal(to: "forget a volume", .command("forget \(isPlain ? volume : "NAME") -y"))
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let found = try await service.volume(named: volume)
        guard yes || Confirmation.ask("forget \(found.label), \(found.size), and leave its data in the pool?") else {
            Console.note("note: \(found.label) is kept")
            throw ExitCode(ExitStatus.endedByPerson)
        }
        let control = yes ? wait.control : wait.controlFromNow
        let forgotten = try await carryOut(.waits("a removal"), by: service, settings, control: control) {
            try await $0.forget(found.id.description, control: $1)
        }
        if output.quiet {
            try Console.result(found.id.description)
        } else if settings.output == .json {
            try Console.result(json: VolumeView(found, location: forgotten.location, status: "forgotten"))
        } else {
            try Console.result("\(found.label)  \(found.size)  pool \(found.pool ?? "-")  forgotten")
        }
        guard let pool = found.pool else { return }
        Console.note("note: its data stays at \(forgotten.location)")
        let name = found.name.map { " \($0)" } ?? ""
        Console.note("note: to adopt it again: volumectl adopt \(pool) \(found.id.backendName)\(name)")
    }
}
