internal import ArgumentParser
internal import Foundation
internal import Identity
internal import VolumeAPI
internal import VolumeDriver

struct Remove: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove volumes and their data.",
        aliases: ["delete"]
    )

    @Argument(help: "Names or complete ids; beginnings of ids only without -y.")
    var volumes: [String]

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @Flag(help: "Succeed also for volumes that do not exist.")
    var ifExists = false

    @Flag(help: "Remove their snapshots first, the newest first.")
    var cascade = false

    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var timeout: TimeSpan? { wait.timeout }

    func validate() throws {
        // Each snapshot has to be gone before the next, and the volume comes last.
        guard !cascade || !wait.noWait else { throw ValidationError("--cascade and --no-wait exclude each other") }
    }

    func check() throws {
        guard !yes, isatty(STDIN_FILENO) != 1 else { return }
        let words = volumes.allSatisfy { $0.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]*/) != nil } ? volumes : ["NAME"]
        throw VolumeError(
            .invalidInput,
            "cannot remove \(volumes.count == 1 ? "a volume" : "volumes") without confirmation",
            cause: "standard input is not a terminal, and -y is not given",
            remedies: [.command("rm \(words.joined(separator: " "))\(cascade ? " --cascade" : "") -y")]
        )
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        var removed: [VolumeView] = []
        var worst: Int32 = 0
        var isDeclined = false
        let interruption = Interruption(.waits("a removal"), startWorker: options.startWorker)
        for (number, reference) in volumes.enumerated() {
            if let exitCode = interruption.exitCode {
                Console.note("note: interrupted, not removed: \(volumes[number...].joined(separator: ", "))")
                worst = exitCode.rawValue
                break
            }
            do {
                // The beginning of an id is a guess, which a person has to confirm.
                let volume = try await yes ? service.volume(named: reference) : service.find(reference)
                guard yes || confirms(volume) else {
                    Console.note("note: \(volume.label) is kept")
                    isDeclined = true
                    continue
                }
                let view = VolumeView(
                    volume,
                    location: await service.location(of: volume),
                    status: wait.noWait ? "deleting" : "deleted"
                )
                let control = number == 0 && yes ? wait.control : wait.controlFromNow
                let flow = try await interruption.guarding(reporting: settings.output) { [cascade] in
                    let service = service.telling(interruption.tell)
                    if cascade {
                        try await service.deleteSnapshots(of: volume.id.description, control: control.withNewFlow)
                    }
                    return try await service.delete(volume.id.description, control: control)
                }
                removed.append(view)
                if wait.noWait {
                    if output.quiet {
                        try Console.result(flow.description)
                    } else if settings.output != .json {
                        try Console.result("flow \(flow): removing volume \"\(volume.label)\", \(volume.size)")
                    }
                } else if output.quiet {
                    try Console.result(volume.id.description)
                } else if settings.output != .json {
                    try Console.result("\(volume.label)  \(volume.size)  pool \(volume.pool ?? "-")  deleted")
                }
            } catch let error as VolumeError where error.code == .notFound && ifExists {
                Console.note("note: \(error.message)")
            } catch let error as VolumeError {
                Console.report(error, as: settings.output)
                worst = max(worst, error.code.exitStatus)
            }
        }
        if settings.output == .json && !output.quiet && (worst == 0 || !removed.isEmpty) {
            try Console.result(json: removed)
        }
        if worst == 0 && isDeclined { worst = ExitStatus.endedByPerson }
        if worst != 0 { throw ExitCode(worst) }
    }

    private func confirms(_ volume: Volume) -> Bool {
        Console.note(
            "remove \(volume.label)\(volume.name == nil ? "" : " (\(volume.id))"), \(volume.size), "
                + "created \(volume.createdAt.formatted(.iso8601)), \(cascade ? "its snapshots " : "")and its data? [y/N]"
        )
        return ["y", "yes"].contains(readLine()?.lowercased())
    }
}
