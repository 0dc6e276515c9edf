internal import ArgumentParser
internal import Identity
internal import PoolConfiguration
internal import SQL
internal import VolumeAPI
internal import VolumeDriver

struct GroupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "group",
        abstract: "Volumes that belong together.",
        discussion: """
            A volume is in at most one group, of its own project. A group may be limited to
            volumes of some types. 'create --group G' creates a volume in it, and
            'ls --filter group=G' lists its volumes.
            """,
        subcommands: [
            CreateGroup.self, ListGroups.self, ShowGroup.self, ChangeGroup.self, AddToGroup.self,
            RemoveFromGroup.self, SnapshotGroup.self, RemoveGroup.self,
        ]
    )
}

struct CreateGroup: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a group; the same again is the same group."
    )

    @Argument(help: "The name, unique in the project.")
    var name: String

    @Option(parsing: .unconditional, help: "A text for people.")
    var description: String?

    @Option(
        name: .customLong("type"),
        help: "A volume type that its volumes may have; may be repeated. Without one, any.",
        completion: .types
    )
    var types: [String] = []

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "create group \"\(name)\"" }

    func check() throws { _ = try VolumeName(group: name, to: "create a group") }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let request = GroupRequest(
            name: try VolumeName(group: name, to: "create a group"),
            description: description ?? "",
            types: Set(types)
        )
        let created = try await service.createGroup(request)
        if !created.isNew { Console.note("note: group \"\(created.group.name)\" already exists, exactly like this") }
        try output.print(created.group, as: settings.output, created.isNew ? "created" : "exists")
    }
}

struct ListGroups: ListCommand {
    typealias Record = VolumeGroup

    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List groups.",
        aliases: ["list"]
    )

    @OptionGroup var list: ListOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        try await print(
            try await service.groups(),
            by: service,
            settings,
            id: \.id.description,
            view: { GroupView($0) }
        )
    }
}

struct ShowGroup: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a group and its volumes."
    )

    @Argument(help: "A complete name or id.", completion: .groups)
    var group: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let found = try await service.group(named: group)
        if output.quiet { return try Console.result(found.id.description) }
        let volumes = try await service.volumes(ofGroup: found.id.description)
        if settings.output == .json { return try Console.result(json: GroupView(found, members: volumes)) }
        var rows = [
            ["name", found.name.description], ["id", found.id.description], ["project", found.project],
            ["created", found.createdAt.timestamp],
        ]
        if !found.description.isEmpty { rows.append(["description", found.description]) }
        rows += found.types.map { ["type", $0] }
        rows += volumes.map { ["volume", "\($0.label)  \($0.size)  \($0.status.rawValue)"] }
        try Console.result(Table.details(rows, as: settings.output))
    }
}

struct ChangeGroup: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change a group's name or description."
    )

    @Argument(help: "A complete name or id.", completion: .groups)
    var group: String

    @Option(parsing: .unconditional, help: "The new name.")
    var name: String?

    @Option(parsing: .unconditional, help: "A text for people; '' for none.")
    var description: String?

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "change group \"\(group)\"" }

    func check() throws {
        guard try change() == GroupChange() else { return }
        throw VolumeError(
            .invalidInput,
            "cannot change a group: nothing is given that could be changed",
            remedies: [.command("group set --help")]
        )
    }

    private func change() throws -> GroupChange {
        GroupChange(
            name: try name.map { try VolumeName(group: $0, to: "change a group") },
            description: description
        )
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        try output.print(try await service.changeGroup(group, try change()), as: settings.output, "changed")
    }
}

struct AddToGroup: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Put volumes into a group, all or none."
    )

    @Argument(help: "A complete name or id.", completion: .groups)
    var group: String

    @Argument(help: "Complete names or ids of volumes of the project.", completion: .volumes)
    var volumes: [String]

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "put \(volumes.map { "\"\($0)\"" }.joined(separator: ", ")) into group \"\(group)\"" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        try output.print(try await service.addToGroup(group, volumes), as: settings.output, "changed")
    }
}

struct RemoveFromGroup: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Take volumes out of a group, all or none; the volumes stay."
    )

    @Argument(help: "A complete name or id.", completion: .groups)
    var group: String

    @Argument(help: "Complete names or ids of volumes.", completion: .volumes)
    var volumes: [String]

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "take \(volumes.map { "\"\($0)\"" }.joined(separator: ", ")) out of group \"\(group)\"" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        try output.print(try await service.removeFromGroup(group, volumes), as: settings.output, "changed")
    }
}

struct SnapshotGroup: WaitingCommand, ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Create a snapshot of each volume of a group, all or none.",
        discussion: """
            The volumes are snapshotted one after the other, not at one moment. The
            snapshots are called VOLUME@NAME, and are shown and removed by 'snapshot' as
            any others.
            """
    )

    @Argument(help: "A complete name or id.", completion: .groups)
    var group: String

    @Argument(help: "The name of each of the snapshots. Without one, their ids identify them.")
    var name: String?

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "create a snapshot of each volume of group \"\(group)\"" }

    func check() throws { _ = try snapshotName() }

    private func snapshotName() throws(VolumeError) -> VolumeName? {
        do {
            return try name.map { name throws(VolumeNameError) in try VolumeName(validating: name, as: "snapshot") }
        } catch {
            throw VolumeError(
                .invalidInput,
                "cannot create snapshots: \(error)",
                remedies: [.command("group snapshot --help")]
            )
        }
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let name = try snapshotName()
        let created = try await carryOut(.reverts, by: service, settings) { [group] service, control in
            try await service.createGroupSnapshot(group, named: name, control: control)
        }
        if output.quiet {
            for snapshot in created { try Console.result(snapshot.snapshot.id.description) }
        } else if settings.output == .json {
            var views: [SnapshotView] = []
            for snapshot in created.map(\.snapshot) {
                views.append(SnapshotView(snapshot, location: await service.location(of: snapshot)))
            }
            try Console.result(json: views)
        } else {
            for snapshot in created.map(\.snapshot) {
                try Console.result("\(snapshot.label)  \(snapshot.size)  \(snapshot.status.rawValue)")
            }
        }
    }
}

struct RemoveGroup: WaitingCommand, ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove a group; one that has volumes only with --volumes.",
        discussion: """
            With --volumes, its volumes and their data are removed first, one after the
            other. If one of them is protected, in use or has snapshots, nothing is
            removed.
            """,
        aliases: ["delete"]
    )

    @Argument(help: "A complete name or id.", completion: .groups)
    var group: String

    @Flag(help: "Remove its volumes and their data, too.")
    var volumes = false

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "remove group \"\(group)\"\(volumes ? " and its volumes" : "")" }

    func validate() throws {
        // Each volume has to be gone before the group.
        guard !wait.noWait else { throw ValidationError("--no-wait is not possible for a group") }
    }

    func check() throws {
        guard volumes, !yes, !rehearsal.dryRun else { return }
        let name = group.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]*/) != nil ? group : "NAME"
        try Confirmation.requireTerminal(
            to: "remove a group and its volumes",
            .command("group rm \(name) --volumes -y")
        )
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let found = try await service.group(named: group)
        if volumes, !yes, !rehearsal.dryRun, found.volumes > 0 {
            for volume in try await service.volumes(ofGroup: found.id.description) {
                Console.note("  \(volume.label)  \(volume.size)  \(volume.status.rawValue)")
            }
            guard Confirmation.ask("remove group \(found.name), these volumes and their data?") else {
                Console.note("note: nothing was removed")
                throw ExitCode(ExitStatus.endedByPerson)
            }
        }
        let control = yes ? wait.control : wait.controlFromNow
        let removed = try await carryOut(.waits("a removal"), by: service, settings, control: control) {
            [volumes] service, control in
            try await service.removeGroup(found.id.description, includingVolumes: volumes, control: control)
        }
        try output.print(removed, as: settings.output, "removed")
    }
}

/// A group as JSON.
struct GroupView: Encodable {
    let schema = "volumectl.group/v1"
    let id: String
    let name: String
    let project: String
    let description: String
    let types: [String]
    let volumes: Int
    let createdAt: String
    /// The names or ids of its volumes; left out in lists.
    let members: [String]?

    init(_ group: VolumeGroup, members: [Volume]? = nil) {
        (id, name, project) = (group.id.description, group.name.description, group.project)
        (description, types, volumes) = (group.description, group.types, group.volumes)
        createdAt = group.createdAt.timestamp
        self.members = members?.map(\.label)
    }
}

extension VolumeName {
    /// A group's name on the command line.
    ///
    /// - Parameter subject: the request, as the words after "cannot".
    fileprivate init(group text: String, to subject: String) throws(VolumeError) {
        do {
            try self.init(validating: text, as: "group")
        } catch {
            throw VolumeError(
                .invalidInput,
                "cannot \(subject): \(error)",
                remedies: [.command("group --help")]
            )
        }
    }
}

extension OutputOptions {
    fileprivate func print(_ group: VolumeGroup, as format: OutputFormat, _ what: String) throws {
        if quiet {
            try Console.result(group.id.description)
        } else if format == .json {
            try Console.result(json: GroupView(group))
        } else {
            let count = group.volumes.of("volume")
            try Console.result("\(group.name)  \(count)  \(what)")
        }
    }
}
