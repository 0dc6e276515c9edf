internal import ArgumentParser
internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

struct RemoveSnapshots: RemovingCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove snapshots.",
        aliases: ["delete"]
    )

    @Argument(
        help: "Names (VOLUME@NAME or NAME) or complete ids; beginnings of ids only without -y.",
        completion: .snapshots
    )
    var snapshots: [String]

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @Flag(help: "A snapshot that is not there counts as removed.")
    var ifExists = false

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var references: [String] { snapshots }

    func check() throws {
        guard !yes, !rehearsal.dryRun else { return }
        let isPlain = snapshots.allSatisfy { $0.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._@-]*/) != nil }
        try Confirmation.requireTerminal(
            to: "remove \(snapshots.count == 1 ? "a snapshot" : "snapshots")",
            .command("snapshot rm \(isPlain ? snapshots.joined(separator: " ") : "NAME") -y")
        )
    }

    func removable(_ reference: String, _ service: any VolumeClient) async throws -> Removable<SnapshotView> {
        let snapshot = try await yes ? service.snapshot(named: reference) : service.findSnapshot(reference)
        return Removable(
            noun: "snapshot",
            id: snapshot.id.description,
            label: snapshot.label,
            size: snapshot.size,
            pool: snapshot.pool,
            question: "remove snapshot \(snapshot.label)\(snapshot.name == nil ? " of \(snapshot.volumeLabel)" : ""), "
                + "\(snapshot.size), made \(snapshot.createdAt.formatted(.iso8601))?",
            view: SnapshotView(snapshot, location: await service.location(of: snapshot), status: status)
        ) { service, control in
            try await service.deleteSnapshot(snapshot.id.description, control: control)
        }
    }
}
