internal import ArgumentParser
internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

struct RemoveSnapshots: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove snapshots.",
        aliases: ["delete"]
    )

    @Argument(help: "Names (VOLUME@NAME or NAME) or complete ids; beginnings of ids only without -y.")
    var snapshots: [String]

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @Flag(help: "A snapshot that is not there counts as removed.")
    var ifExists = false

    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var timeout: TimeSpan? { wait.timeout }

    func check() throws {
        guard !yes, isatty(STDIN_FILENO) != 1 else { return }
        let isPlain = snapshots.allSatisfy { $0.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._@-]*/) != nil }
        throw VolumeError(
            .invalidInput,
            "cannot remove \(snapshots.count == 1 ? "a snapshot" : "snapshots"): nobody can be asked here",
            cause: "standard input is not a terminal, and -y is not given",
            remedies: [.command("snapshot rm \(isPlain ? snapshots.joined(separator: " ") : "NAME") -y")]
        )
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        var removed: [SnapshotView] = []
        var worst: Int32 = 0
        var isDeclined = false
        let interruption = Interruption(.waits("a removal"), startWorker: options.startWorker)
        for (number, reference) in snapshots.enumerated() {
            if let exitCode = interruption.exitCode {
                Console.note("note: interrupted, and so not removed: \(snapshots[number...].joined(separator: ", "))")
                worst = exitCode.rawValue
                break
            }
            do {
                // The beginning of an id is a guess, which needs a person to confirm it.
                let snapshot =
                    try await yes ? service.snapshot(named: reference) : service.findSnapshot(reference)
                guard yes || confirms(snapshot) else {
                    Console.note("note: \(snapshot.label) is kept")
                    isDeclined = true
                    continue
                }
                let location = await service.location(of: snapshot)
                let control = number == 0 && yes ? wait.control : wait.controlFromNow
                let flow = try await interruption.guarding(reporting: settings.output) {
                    try await service.telling(interruption.tell)
                        .deleteSnapshot(snapshot.id.description, control: control)
                }
                let status = wait.noWait ? "deleting" : "deleted"
                removed.append(SnapshotView(snapshot, location: location, status: status))
                guard output.quiet || settings.output != .json else { continue }
                if output.quiet {
                    try Console.result(wait.noWait ? flow.description : snapshot.id.description)
                } else if wait.noWait {
                    try Console.result("flow \(flow): removing snapshot \"\(snapshot.label)\", \(snapshot.size)")
                } else {
                    try Console.result("\(snapshot.label)  \(snapshot.size)  pool \(snapshot.pool ?? "-")  deleted")
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

    private func confirms(_ snapshot: Snapshot) -> Bool {
        Console.note(
            "remove snapshot \(snapshot.label)\(snapshot.name == nil ? " of \(snapshot.volumeLabel)" : ""), "
                + "\(snapshot.size), made \(snapshot.createdAt.formatted(.iso8601))? [y/N]"
        )
        return ["y", "yes"].contains(readLine()?.lowercased())
    }
}
