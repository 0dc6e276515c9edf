internal import ArgumentParser
internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

struct Remove: RemovingCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove volumes and their data.",
        aliases: ["delete"]
    )

    @Argument(help: "Names or complete ids; beginnings of ids only without -y.", completion: .volumes)
    var volumes: [String] = []

    @Option(parsing: .unconditionalSingleValue, help: .filter)
    var filter: [String] = []

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @Flag(help: "Succeed also for volumes that do not exist.")
    var ifExists = false

    @Flag(help: "Remove their snapshots first, the newest first.")
    var cascade = false

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var references: [String] { volumes }

    func validate() throws {
        // Each snapshot has to be gone before the next, and the volume comes last.
        guard !cascade || !wait.noWait else { throw ValidationError("--cascade and --no-wait exclude each other") }
        guard volumes.isEmpty != filter.isEmpty else {
            throw ValidationError(
                volumes.isEmpty
                    ? "Missing expected argument '<volumes> ...' or --filter" : "names and --filter exclude each other"
            )
        }
    }

    func check() throws {
        _ = try Filter<Volume>(filter)
        guard !yes, !rehearsal.dryRun else { return }
        guard filter.isEmpty else {
            return try Confirmation.requireTerminal(
                to: "remove volumes",
                .command("rm --filter FILTER --dry-run"),
                .command("rm --filter FILTER -y")
            )
        }
        let words = volumes.allSatisfy { $0.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]*/) != nil } ? volumes : ["NAME"]
        try Confirmation.requireTerminal(
            to: "remove \(volumes.count == 1 ? "a volume" : "volumes")",
            .command("rm \(words.joined(separator: " "))\(cascade ? " --cascade" : "") -y")
        )
    }

    func targets(
        _ service: any VolumeClient,
        _ settings: Settings
    ) async throws -> (references: [String], isAgreed: Bool)? {
        guard !filter.isEmpty else { return (volumes, yes) }
        let found = try await matching(service)
        guard !found.isEmpty else {
            Console.note("note: no volumes match, nothing was removed")
            return nil
        }
        guard !yes, !rehearsal.dryRun else { return (found.map(\.id.description), true) }
        for volume in found { Console.note("  \(volume.label)  \(volume.size)  \(volume.status.rawValue)") }
        let question =
            found.count == 1
            ? "remove this volume and its data?" : "remove these \(found.count) volumes and their data?"
        guard Confirmation.ask(question) else {
            Console.note("note: nothing was removed")
            throw ExitCode(ExitStatus.endedByPerson)
        }
        return (found.map(\.id.description), true)
    }

    private func matching(_ service: any VolumeClient) async throws -> [Volume] {
        let filter = try Filter<Volume>(filter)
        var found: [Volume] = []
        for try await page in service.volumePages(after: nil, of: 1000) {
            for row in page.unreadable { Console.note("warning: \(row)") }
            for volume in page.readable where await filter.matches(volume, service) { found.append(volume) }
        }
        return found
    }

    func removable(_ reference: String, _ service: any VolumeClient) async throws -> Removable<VolumeView> {
        let volume = try await yes ? service.volume(named: reference) : service.find(reference)
        guard try await Filter<Volume>(filter).matches(volume, service) else {
            throw VolumeError(
                .conflict,
                "volume \"\(volume.label)\" was not removed: it does not match the filter any more",
                remedies: [.showVolume(volume.label), .listVolumes]
            )
        }
        return Removable(
            noun: "volume",
            id: volume.id.description,
            label: volume.label,
            size: volume.size,
            pool: volume.pool,
            question: "remove \(volume.label)\(volume.name == nil ? "" : " (\(volume.id))"), \(volume.size), "
                + "created \(volume.createdAt.formatted(.iso8601)), \(cascade ? "its snapshots " : "")and its data?",
            view: VolumeView(volume, location: await service.location(of: volume), status: status)
        ) { [cascade] service, control in
            let id = volume.id.description
            if cascade { try await service.deleteSnapshots(of: id, control: control.withNewFlow) }
            return try await service.delete(id, control: control)
        }
    }
}
