internal import ArgumentParser
internal import Foundation
internal import PoolConfiguration
internal import SQL
internal import VolumeAPI

struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "List, show, drain and enable the hosts that use the database.",
        discussion: "A host is known once its worker, volumed, has run there.",
        subcommands: [ListWorkers.self, ShowWorker.self, DrainWorker.self, EnableWorker.self]
    )
}

struct ListWorkers: ListCommand {
    typealias Record = HostStatus

    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List the hosts with the last reports of their workers.",
        aliases: ["list"]
    )

    @OptionGroup var list: ListOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        try await print(try await service.hosts(), by: service, settings, id: \.name, view: HostView.init)
    }
}

struct ShowWorker: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a host: its worker's last report, its pools, and what waits for it."
    )

    @Argument(help: "The host's name.") var host: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let status = try await service.host(named: host)
        if output.quiet { return try Console.result(status.name) }
        if settings.output == .json { return try Console.result(json: HostView(status)) }
        try Console.result(HostView.lines(status, as: settings.output))
    }
}

struct DrainWorker: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Let a host's pools take no new volumes; their volumes can be used as before.",
        discussion: "Pools that all hosts reach still take new volumes. No volume is moved or removed."
    )

    @Argument(help: "The host's name.") var host: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The reason, for people who look for the host.", valueName: "text")
    )
    var reason = ""

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "drain host \"\(host)\"" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let drained = try await service.drainHost(host, reason: reason)
        if output.quiet { return try Console.result(host) }
        if settings.output == .json { return try Console.result(json: HostView(drained)) }
        try Console.result("host \"\(host)\" drained; its pools take no new volumes")
    }
}

struct EnableWorker: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable",
        abstract: "Let a drained host's pools take new volumes again."
    )

    @Argument(help: "The host's name.") var host: String
    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "enable host \"\(host)\"" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let wasDrained = try await service.enableHost(host)
        if output.quiet { return try Console.result(host) }
        if settings.output == .json { return try Console.result(json: HostView(try await service.host(named: host))) }
        try Console.result("host \"\(host)\" " + (wasDrained ? "enabled" : "was enabled already"))
    }
}
