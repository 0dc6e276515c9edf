internal import ArgumentParser
internal import Foundation
internal import Identity
internal import VolumeAPI
internal import VolumeDriver

struct Remove: RemovingCommand {
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

    var references: [String] { volumes }

    func validate() throws {
        // Each snapshot has to be gone before the next, and the volume comes last.
        guard !cascade || !wait.noWait else { throw ValidationError("--cascade and --no-wait exclude each other") }
    }

    func check() throws {
        guard !yes else { return }
        let words = volumes.allSatisfy { $0.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]*/) != nil } ? volumes : ["NAME"]
        try Confirmation.requireTerminal(
            to: "remove \(volumes.count == 1 ? "a volume" : "volumes")",
            .command("rm \(words.joined(separator: " "))\(cascade ? " --cascade" : "") -y")
        )
    }

    func removable(_ reference: String, _ service: any VolumeClient) async throws -> Removable<VolumeView> {
        let volume = try await yes ? service.volume(named: reference) : service.find(reference)
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
