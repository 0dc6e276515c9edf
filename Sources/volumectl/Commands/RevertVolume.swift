internal import ArgumentParser
internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

struct RevertVolume: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "revert",
        abstract: "Take a volume back to a snapshot. The data written to it since is lost."
    )

    @Argument(help: "The volume's complete name or id.")
    var volume: String

    @Argument(help: "The snapshot's complete name or id.")
    var snapshot: String

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var timeout: TimeSpan? { wait.timeout }

    func check() throws {
        guard !yes, isatty(STDIN_FILENO) != 1 else { return }
        let isPlain = [volume, snapshot].allSatisfy { $0.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._@-]*/) != nil }
        throw VolumeError(
            .invalidInput,
            "cannot revert a volume: nobody can be asked here",
            cause: "standard input is not a terminal, and -y is not given",
            remedies: [.command("snapshot revert \(isPlain ? "\(volume) \(snapshot)" : "VOLUME SNAPSHOT") -y")]
        )
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let found = try await service.volume(named: volume)
        guard yes || confirms(found) else {
            Console.note("note: \(found.label) is left as it is")
            throw ExitCode(ExitStatus.endedByPerson)
        }
        let (snapshot, control) = (snapshot, yes ? wait.control : wait.controlFromNow)
        let interruption = Interruption(.waits("a revert"), startWorker: options.startWorker)
        let flow = try await interruption.guarding(reporting: settings.output) {
            try await service.telling(interruption.tell)
                .revert(found.id.description, to: snapshot, control: control)
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

    private func confirms(_ volume: Volume) -> Bool {
        Console.note(
            "revert \(volume.label), \(volume.size), to snapshot \(snapshot), and lose what was written to it since? [y/N]"
        )
        return ["y", "yes"].contains(readLine()?.lowercased())
    }
}
