internal import ArgumentParser
internal import Foundation
internal import PoolConfiguration
internal import SQL
internal import VolumeAPI

struct Backup: ChangingCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the database to a new file, while it is in use."
    )

    @Argument(
        help: ArgumentHelp("The file to write, which must not exist yet.", valueName: "file"),
        completion: .file()
    )
    var file: String

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "write a verified copy of the database to \(file)" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        try await service.backup(to: file)
        if settings.output == .json {
            try Console.result(json: BackupView(file: file, database: "\(settings.database)"))
        } else {
            try Console.result(output.quiet ? file : "\(file)  a verified copy of \(settings.database)")
        }
    }
}

/// A backup as JSON.
private struct BackupView: Encodable {
    let schema = "volumectl.backup/v1"
    let file: String
    let database: String
}
