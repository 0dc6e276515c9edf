internal import ArgumentParser
internal import Foundation
internal import TaskFlow
internal import VolumeAPI
internal import Volumes

/// The command line: it parses arguments, calls the service, prints the results, and decides nothing.
@main
struct VolumeCtl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volumectl",
        abstract: "Create and manage storage volumes on this host.",
        discussion: """
            EXAMPLES:
              volumectl create --size 10            create a volume of 10 GiB
              volumectl create pg-data 512M         create a volume with a name
              volumectl attach pg-data              attach it to this host as a device
              volumectl mount logs /srv/logs        create a file system and mount it
              volumectl ls                          list volumes
              volumectl resize pg-data +5G          make it 5 GiB larger
              volumectl snapshot create pg-data     create a snapshot of it
              volumectl clone pg-data copy          create a copy of it
              volumectl rm pg-data -y               remove a volume and its data

            Sizes: 10 and 10G are GiB, 512M is MiB, 1.5T is TiB, 10GB is decimal, 4096b is
            bytes, 8s is sectors.

            Exit codes: 0 ok, 1 a defect of the program or a violated rule of a driver,
            3 not found, 4 conflict, 5 quota, 6 no pool, 7 failed and undone, 8 failed and
            something is left behind, 9 still running after --timeout, 10 database, 11
            permission, 12 a volume's data is missing, 64 usage, 130 ended by a person.

            More: volumectl help sizes, help filters, help output, help environment,
            help exit-codes
            """,
        version: ProgramVersion.current,
        groupedSubcommands: [
            CommandGroup(
                name: "Volume",
                subcommands: [
                    Create.self, Plan.self, Clone.self, List.self, Show.self, SetVolume.self, Resize.self,
                    Attach.self, Detach.self, Export.self, Unexport.self, Mount.self, Unmount.self, Remove.self,
                    Adopt.self, Forget.self, Transfer.self, Retype.self, Migrate.self,
                    VolumeCommand.self,
                ]
            ),
            CommandGroup(
                name: "Snapshot",
                subcommands: [SnapshotCommand.self]
            ),
            CommandGroup(
                name: "Image",
                subcommands: [ImageCommand.self]
            ),
            CommandGroup(
                name: "Other",
                subcommands: [
                    PoolCommand.self, TypeCommand.self, QoSCommand.self, GroupCommand.self, QuotaCommand.self,
                    ProjectCommand.self, WorkerCommand.self,
                    FlowCommand.self, EventCommand.self, Doctor.self, RepairCommand.self, Report.self, Metrics.self,
                    Backup.self, Restore.self, StoreCommand.self,
                    DriverCommand.self, Serve.self, NomadPlugin.self,
                    ConfigCommand.self, Completion.self, Version.self,
                ]
            ),
        ]
    )

    static func main() async {
        StandardStreams.occupy()
        let variables = ProcessInfo.processInfo.environment
        let arguments = NomadPlugin.resolving(Array(CommandLine.arguments.dropFirst()), variables)
        let guess = OutputChoice(guessing: arguments, variables)
        var (format, notation) = (guess.format, guess.notation)
        do {
            try OpenFileLimit.check()
            if let topic = HelpTopic(arguments: arguments) { return try Console.result(piece: topic.text) }
            if let unknown = VolumeError.unknownTopic(of: arguments) { throw unknown }
            var command = try await NameCompletion.answering(arguments) { try parseAsRoot(arguments) }
            guard let configured = command as? any ConfiguredCommand else { return try command.run() }
            if let mistake = VolumeError.dryRunTakenForValue(in: arguments, of: configured) { throw mistake }
            try configured.check()
            try ThreadCheck.run()
            let settings = try await Settings.read(
                config: configured.configurationFile,
                output: configured.output.output
            )
            (format, notation) = (settings.output, settings.choice.notation)
            try await Notation.$current.withValue(notation) { try await configured.run(settings) }
        } catch let status as ExitCode {
            exit(withError: status)
        } catch {
            let report: VolumeError
            switch exitCode(for: error) {
            case .success: exit(withError: error)
            // A message would stand in the line that is being typed.
            case _ where NameCompletion.isRequested(by: arguments): exit(withError: ExitCode(64))
            case .validationFailure: report = .usage(message(for: error), of: arguments)
            default: report = VolumeError(translating: error)
            }
            Notation.$current.withValue(notation) { Console.report(report, as: format) }
            if NomadPlugin.isCalled(by: arguments) { NomadPlugin.answer(report) }
            exit(withError: ExitCode(report.code.exitStatus))
        }
    }
}

/// The long form of the short verbs: `volumectl volume create`.
struct VolumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volume",
        abstract: "The long form: volume create, clone, ls, show, set, resize, attach, export, rm.",
        subcommands: [
            Create.self, Clone.self, List.self, Show.self, SetVolume.self, Resize.self, Attach.self, Detach.self,
            Export.self, Unexport.self, Mount.self, Unmount.self, Remove.self,
            Adopt.self, Forget.self, Transfer.self, Retype.self, Migrate.self,
        ]
    )
}
