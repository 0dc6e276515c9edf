internal import ArgumentParser
internal import Identity
internal import TaskFlow
internal import VolumeAPI

/// A command that ends a use of a volume.
protocol ReleasingCommand: WaitingCommand, ChangingCommand {
    /// The participle of the use: `attached`.
    static var use: String { get }
    /// The participle of its end: `detached`.
    static var end: String { get }
    var volume: String { get }
    /// Whose use it ends.
    var holders: HolderSelection { get }
    /// Ends the use and returns the flow that ends it; `nil` if the volume is not used in this way.
    static func release(
        _ volume: String,
        from holders: HolderSelection,
        _ service: any VolumeClient,
        _ control: RequestControl
    ) async throws -> FlowID?
}

extension ReleasingCommand {
    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let flow = try await carryOut(.reverts, by: service, settings) { [volume, holders] service, control in
            try await Self.release(volume, from: holders, service, control)
        }
        if flow == nil { Console.note("note: volume \"\(volume)\" is not \(Self.use)\(holders.words)") }
        let released = try await service.volume(named: volume)
        let uses = try await service.attachments(of: released)
        let view = VolumeView(
            released,
            location: await service.location(of: released),
            attachments: uses.map { AttachmentView($0) }
        )
        if let flow, wait.noWait {
            try output.print(begun: flow, as: settings.output, view) {
                "flow \(flow): volume \"\(released.label)\" will be \(Self.end)"
            }
        } else if output.quiet {
            try Console.result(released.id.description)
        } else if settings.output == .json {
            try Console.result(json: view)
        } else if flow != nil {
            let rest = uses.isEmpty ? "" : "  in use by \(uses.count) other holder\(uses.count == 1 ? "" : "s")"
            try Console.result("\(released.label)  \(released.size)  pool \(released.pool ?? "-")  \(Self.end)\(rest)")
        }
    }
}

struct Detach: ReleasingCommand {
    static let configuration = CommandConfiguration(
        commandName: "detach",
        abstract: "End the access that attach gave.",
        discussion: """
            All written data is on the backend then. A volume that is not attached counts
            as detached. The device of a multiattach volume stays until its last holder is
            gone.
            """
    )

    @Argument(help: "A complete name or id.", completion: .volumes)
    var volume: String

    @OptionGroup var holderOptions: HolderOptions
    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "detach volume \"\(volume)\"\(holders.words)" }
    var holders: HolderSelection { holderOptions.selection }

    static let use = "attached"
    static let end = "detached"

    static func release(
        _ volume: String,
        from holders: HolderSelection,
        _ service: any VolumeClient,
        _ control: RequestControl
    ) async throws -> FlowID? {
        try await service.detach(volume, from: holders, control: control)
    }
}

struct Unexport: ReleasingCommand {
    static let configuration = CommandConfiguration(
        commandName: "unexport",
        abstract: "End the server that export started.",
        discussion: """
            A volume that is not exported counts as done. The server of a multiattach
            volume runs until its last holder is gone.
            """
    )

    @Argument(help: "A complete name or id.", completion: .volumes)
    var volume: String

    @OptionGroup var holderOptions: HolderOptions
    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "unexport volume \"\(volume)\"\(holders.words)" }
    var holders: HolderSelection { holderOptions.selection }

    static let use = "exported"
    static let end = "unexported"

    static func release(
        _ volume: String,
        from holders: HolderSelection,
        _ service: any VolumeClient,
        _ control: RequestControl
    ) async throws -> FlowID? {
        try await service.unexport(volume, from: holders, control: control)
    }
}

struct Unmount: ReleasingCommand {
    static let configuration = CommandConfiguration(
        commandName: "umount",
        abstract: "Unmount a volume that mount has mounted, and detach it.",
        discussion: "A volume that is not mounted counts as done. Needs root.",
        aliases: ["unmount"]
    )

    @Argument(help: "A complete name or id.", completion: .volumes)
    var volume: String

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "unmount volume \"\(volume)\"" }

    /// A mounted volume has one user.
    var holders: HolderSelection { .holder(nil) }

    static let use = "mounted"
    static let end = "unmounted"

    static func release(
        _ volume: String,
        from holders: HolderSelection,
        _ service: any VolumeClient,
        _ control: RequestControl
    ) async throws -> FlowID? {
        try await service.unmount(volume, control: control)
    }
}
