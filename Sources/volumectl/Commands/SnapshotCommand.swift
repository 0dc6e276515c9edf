internal import ArgumentParser
internal import Foundation
internal import Identity
internal import PoolConfiguration
internal import SQL
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Create, list, show and remove snapshots, and revert volumes to them.",
        discussion: """
            A snapshot's name is unique in its volume. Commands accept VOLUME@NAME, NAME
            alone if no other volume has a snapshot of that name, or the snapshot's id.
            """,
        subcommands: [
            CreateSnapshot.self, ListSnapshots.self, ShowSnapshot.self, RemoveSnapshots.self, RevertVolume.self,
        ]
    )
}

struct CreateSnapshot: WaitingCommand, ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a snapshot of a volume.",
        discussion: """
            It counts in the quotas 'snapshots' and, with its volume's size,
            'gigabytes'. One of a volume in use is crash-consistent: it holds what
            the volume held at one moment.
            """
    )

    @Argument(help: "The volume's complete name or id.", completion: .volumes)
    var volume: String

    @Argument(help: "The snapshot's name. Without one, its id identifies it.")
    var name: String?

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "create a snapshot\(name.map { " \"\($0)\"" } ?? "") of volume \"\(volume)\"" }

    func check() throws { _ = try request() }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let start = Date()
        let request = try request()
        let created = try await carryOut(.reverts, by: service, settings) { service, control in
            try await service.createSnapshot(request, control: control)
        }
        let snapshot = created.snapshot
        if created.isCrashConsistent { Console.noteCrashConsistency(of: "the snapshot", volume) }
        let view = SnapshotView(snapshot, location: await service.location(of: snapshot))
        if snapshot.status == .creating {
            return try output.print(begun: snapshot.flow, as: settings.output, view) {
                "flow \(snapshot.flow): creating snapshot \"\(snapshot.label)\", \(snapshot.size)"
            }
        }
        if output.quiet {
            try Console.result(snapshot.id.description)
        } else if settings.output == .json {
            try Console.result(json: view)
        } else {
            try Console.result(
                "\(snapshot.label)  \(snapshot.size)  pool \(snapshot.pool ?? "-")  \(snapshot.status.rawValue)"
                    + "  (\(Date().timeIntervalSince(start).duration))"
            )
        }
    }

    private func request() throws -> SnapshotRequest {
        do {
            return SnapshotRequest(of: volume, name: try name.map { try VolumeName(validating: $0, as: "snapshot") })
        } catch {
            throw VolumeError(
                .invalidInput,
                "cannot create a snapshot: \(error)",
                remedies: [.command("snapshot create --help")]
            )
        }
    }
}

struct ListSnapshots: ListCommand {
    typealias Record = Snapshot

    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List snapshots.",
        aliases: ["list"]
    )

    @Argument(help: "Only those of this volume: a name, an id, or the beginning of an id.", completion: .volumes)
    var volume: String?

    @OptionGroup var page: PageOptions
    @OptionGroup var list: ListOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        var id: VolumeID?
        if let volume { id = try await service.find(volume).id }
        if settings.output == .json { await service.prepareDrivers() }
        var marker: SnapshotID?
        if let after = page.after { marker = try await service.findSnapshot(after).id }
        let part = ListPart(limit: page.limit ?? .max, marker: marker?.description)
        let pages = service.snapshotPages(of: id, after: list.sort.isEmpty ? marker : nil, size: 1000)
        let hasMore = try await list.print(
            pages.read(for: part, list),
            by: service,
            as: settings.output,
            output,
            part: part,
            id: \.id.description,
            view: { snapshot in
                switch snapshot {
                case .success(let snapshot): SnapshotView(snapshot, location: await service.location(of: snapshot))
                case .failure(let row): SnapshotView(unreadable: row, project: settings.project)
                }
            }
        )
        if hasMore { Console.note("note: there are more snapshots; --after and the last one's name lists them") }
    }
}

struct ShowSnapshot: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a snapshot.")

    @Argument(
        help: "VOLUME@NAME, a name, an id, or at least four characters of an id's beginning.",
        completion: .snapshots
    )
    var snapshot: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let found = try await service.findSnapshot(snapshot)
        if output.quiet { return try Console.result(found.id.description) }
        let state = await service.backendState(of: found)
        let location = await service.location(of: found)
        let failure = found.lastError == nil ? nil : await LastErrorView(of: "\(found.id)", found.flow, service)
        if settings.output == .json {
            try Console.result(
                json: SnapshotView(found, location: location, backend: BackendView(state), lastErrorDetails: failure)
            )
        } else {
            var next = found.wayOut
            if found.lastError != nil, await found.flow.canBeRetried(service) {
                next.insert(.retryFlow(found.flow), at: 0)
            }
            try Console.result(
                lines(
                    found,
                    "\(location.isEmpty ? "-" : location)  \(state.words) (asked just now)",
                    failure,
                    next,
                    settings.output
                )
            )
        }
        switch state {
        case .unknown(let error):
            Console.note("warning: it can't be found out whether the data of \"\(found.label)\" is there: \(error)")
        case .found(let presence):
            guard found.status == .available, presence != .complete(found.size) else { return }
            let flaw = VolumeError(
                .missing,
                "snapshot \"\(found.label)\" is missing: its data is "
                    + "\(presence == .absent ? "not in" : "damaged in") pool \"\(found.pool ?? "")\"",
                cause: "it should have \(found.size.bytes) bytes at \(location)",
                aftermath: "nothing was changed; its quota is still counted",
                remedies: [
                    .advice("bring its data back to where it was"), .showPool(found.pool ?? ""),
                    .removeSnapshot(found.label),
                ]
            )
            Console.report(flaw, as: settings.output)
            throw ExitCode(flaw.code.exitStatus)
        }
    }

    private func lines(
        _ found: Snapshot,
        _ backend: String,
        _ failure: LastErrorView?,
        _ next: [Remedy],
        _ format: OutputFormat
    ) -> [String] {
        var rows = [
            ["name", found.name?.description ?? "-"],
            ["id", found.id.description],
            ["volume", found.volumeName == nil ? "\(found.volume)" : "\(found.volumeLabel) (\(found.volume))"],
            ["project", found.project],
            ["size", "\(found.size) (\(found.size.bytes) bytes)"],
            ["pool", found.pool ?? "-"],
            ["status", "\(found.status.rawValue) since \(found.updatedAt.formatted(.iso8601))"],
            ["backend", backend],
            ["flow", "volumectl flow show \(found.flow.shortened)"],
        ]
        rows += Table.rows(of: found.lastError, failure, next: next)
        return Table.details(rows, as: format)
    }
}
