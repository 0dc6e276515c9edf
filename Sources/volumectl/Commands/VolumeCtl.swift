internal import ArgumentParser
internal import Foundation
internal import TaskFlow
internal import Volumes

/// The command line: it reads words, asks the service, prints what comes back, and decides nothing.
@main
struct VolumeCtl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volumectl",
        abstract: "Volumes, quotas and scheduling on this host's disks.",
        discussion: """
            EXAMPLES:
              volumectl create --size 10            make a volume of 10 GiB
              volumectl create pg-data 512M         make a volume with a name
              volumectl ls                          list volumes
              volumectl rm pg-data -y               remove a volume and its data

            Sizes: 10 and 10G are GiB, 512M is MiB, 1.5T is TiB, 10GB is decimal, 4096b is bytes, 8s is sectors.
            Exit codes: 0 ok, 3 not found, 4 conflict, 5 quota, 6 no pool, 7 failed and undone,
            8 failed and something is left behind, 10 database, 11 permission, 64 usage.
            """,
        version: version,
        groupedSubcommands: [
            CommandGroup(
                name: "Volume",
                subcommands: [Create.self, List.self, Show.self, Remove.self, VolumeCommand.self]
            ),
            CommandGroup(name: "Other", subcommands: [PoolCommand.self, QuotaCommand.self, FlowCommand.self]),
        ]
    )

    static let version = "0.1.0"

    static func main() async {
        var format = OutputFormat.table
        do {
            var command = try parseAsRoot()
            if let serviceCommand = command as? any ServiceCommand { format = serviceCommand.output.format }
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as VolumeError {
            Console.note(format == .json ? ErrorOutput.json(error) : ErrorOutput.text(error))
            exit(withError: ExitCode(error.code.exitStatus))
        } catch {
            exit(withError: error)
        }
    }
}

/// `volumectl volume create` and the like: the long form of the short verbs.
struct VolumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volume",
        abstract: "The long form: volume create, ls, show, rm.",
        subcommands: [Create.self, List.self, Show.self, Remove.self]
    )
}

/// What every command understands that needs the service.
struct ServiceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The only configuration file to read.", valueName: "file"))
    var config: String?

    @Flag(help: "Look without finishing or undoing what processes that have died were doing.")
    var noRecover = false
}

/// A command that asks the service.
protocol ServiceCommand: AsyncParsableCommand {
    var options: ServiceOptions { get }
    var output: OutputOptions { get }
    /// Refuses bad input before anything is touched.
    func check() throws
    func run(_ service: VolumeService, _ settings: Settings) async throws
}

extension ServiceCommand {
    func check() throws {}

    func run() async throws {
        try check()
        let settings = try await Settings.read(config: options.config)
        let isFirst = !FileManager.default.fileExists(atPath: settings.database)
        try makeDirectory(of: settings.database)
        let service = try VolumeService(
            database: settings.database,
            pools: settings.pools,
            limits: settings.limits,
            project: settings.project
        )
        if isFirst {
            Console.note("note: made the database \(settings.database)")
            for pool in settings.pools {
                Console.note("note: volumes go to pool \"\(pool.name)\", driver \(pool.kind)")
            }
        }
        if !options.noRecover { try await recover(service) }
        try await run(service, settings)
    }

    private func makeDirectory(of database: String) throws {
        let directory = (database as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw VolumeError(
                .notPermitted,
                "the state directory '\(directory)' can't be made",
                cause: error.localizedDescription,
                remedies: ["set VOLUMECTL_STATE_DIRECTORY to a directory of your own, or become root"]
            )
        }
    }

    private func recover(_ service: VolumeService) async throws {
        for recovery in try await service.recover() {
            let flow = recovery.flow
            let place = recovery.interruptedStep.map { "at \($0)" } ?? "between two steps"
            let result =
                switch recovery.state {
                case .success: "finished"
                case .reverted: "undone, nothing is left"
                case .failure: "could not be undone: volumectl flow show \(flow.id.shortened)"
                default: "could not be taken up"
                }
            Console.note(
                "recovered flow \(flow.id.shortened): \(flow.name) \"\(flow.subject)\" was \(place) when \(flow.owner) died: "
                    + result + (recovery.problem.map { " (\($0))" } ?? "")
            )
        }
    }
}
