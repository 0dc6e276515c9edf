internal import ArgumentParser
internal import Foundation
internal import PoolConfiguration
internal import SQL
internal import VolumeAPI
internal import Volumes

struct Restore: ConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a verified copy in the place of a lost or damaged database.",
        discussion: """
            The copy, which 'backup' has written, is verified and copied; it stays as it is.
            No other command may use the database meanwhile. What was in its place is kept
            beside it, with '.replaced' at the end of its name. One that is not damaged is
            only replaced after a question. If the command is killed, either the former
            database is in place, or the complete copy.

            Volumes that were created or removed since the copy was made are not as it says:
            'doctor' lists the differences, and 'adopt' takes over what has no record.

            EXAMPLES:
              volumectl restore /srv/backup/volumectl.db
              volumectl doctor
            """
    )

    @Argument(help: ArgumentHelp("The copy, a file that 'backup' has written.", valueName: "file"), completion: .file())
    var file: String
    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false
    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions

    var configurationFile: String? { options.config }

    func run(_ settings: Settings) async throws {
        guard let path = settings.database.path else { throw VolumeError.onServer(settings.database) }
        let copy = ConfiguredDatabase.file(file)
        guard !copy.isMissingFile else { throw VolumeError.noCopy(file) }
        let directory = StateDirectory(settings.configuration)
        try directory.check()
        let replacement: DatabaseReplacement
        let (content, flaw): (StoreSummary, String?)
        do {
            replacement = try DatabaseReplacement(of: path, by: file)
            try await replacement.verify()
            content = try copy.peek { try StoreSummary(of: $0, named: file) }
            flaw = try await replacement.flaw()
        } catch {
            throw VolumeError(restoring: file, to: path, error)
        }
        if rehearsal.dryRun {
            let view = RestoreView(file: file, database: path, content, kept: nil)
            try view.print(output, as: settings.output, "would put \(file) in the place of \(path), \(view.words)")
            if !output.quiet { Console.note("note: \(flaw ?? "it is not damaged"); nothing was changed") }
            return
        }
        if flaw == nil { try confirm(replacing: settings.database, by: content) }
        try directory.make()
        do {
            let kept = try await replacement.run()
            let view = RestoreView(file: file, database: path, content, kept: kept)
            try view.print(output, as: settings.output, "\(path)  restored from \(file), \(view.words)")
            if let kept { Console.note("note: what was in its place is kept as \(kept)") }
            Console.note("note: what has changed since then is found by: volumectl doctor")
        } catch {
            throw VolumeError(restoring: file, to: path, error)
        }
    }

    /// Asks whether to replace a database that is not damaged.
    private func confirm(replacing database: ConfiguredDatabase, by content: StoreSummary) throws {
        guard !yes else { return }
        try Confirmation.requireTerminal(
            to: "replace a database that is not damaged",
            .advice("look at both: volumectl store info, volumectl store info FILE"),
            .advice("add -y to replace it")
        )
        // One that no program of this kind has made is not counted.
        let present = try? database.peek { try StoreSummary(of: $0, named: "\(database)") }
        Console.note("the database that is in place is not damaged: \(present?.words ?? "it holds something else")")
        Console.note("the copy: \(content.words)")
        guard Confirmation.ask("replace it, and keep it beside the copy?") else {
            Console.note("note: nothing was changed")
            throw ExitCode(ExitStatus.endedByPerson)
        }
    }
}

extension StoreSummary {
    fileprivate var words: String {
        "\(volumes.of("volume")), \(snapshots.of("snapshot"))"
            + (newestEvent.map { ", newest event of \($0.timestamp)" } ?? "")
    }
}

/// A restored database as JSON.
private struct RestoreView: Encodable {
    let schema = "volumectl.restore/v1"
    let file: String
    let database: String
    let volumes: Int
    let snapshots: Int
    @Nullable var newestEvent: Date?
    /// The file in which the former database is kept; `null` if there was none, and in a dry run.
    @Nullable var kept: String?
    let words: String

    private enum CodingKeys: String, CodingKey { case schema, file, database, volumes, snapshots, newestEvent, kept }

    init(file: String, database: String, _ content: StoreSummary, kept: String?) {
        (self.file, self.database, words) = (file, database, content.words)
        (volumes, snapshots) = (content.volumes, content.snapshots)
        _newestEvent = Nullable(wrappedValue: content.newestEvent)
        _kept = Nullable(wrappedValue: kept)
    }

    func print(_ output: OutputOptions, as format: OutputFormat, _ words: String) throws {
        try format == .json ? Console.result(json: self) : Console.result(output.quiet ? database : words)
    }
}

extension VolumeError {
    fileprivate static func onServer(_ database: ConfiguredDatabase) -> VolumeError {
        VolumeError(
            .conflict,
            "'\(database)' can't be restored by this command",
            cause: "it is on a server",
            remedies: [
                .advice("restore it by the server's own tools, such as pg_restore"),
                .advice("copy a backup into an empty database: volumectl store copy FILE URI"),
            ]
        )
    }

    fileprivate static func noCopy(_ path: String) -> VolumeError {
        VolumeError(
            .notFound,
            "there is no file '\(path)' to restore from",
            remedies: [.advice("name a file that volumectl backup has written")]
        )
    }

    fileprivate init(restoring file: String, to path: String, _ error: any Error) {
        let known = VolumeError(translating: error)
        guard let error = error as? SQLError else {
            self = known
            return
        }
        let (code, remedy): (Code, Remedy) =
            switch error.code {
            case .busy: (.conflict, .advice("end all commands and services that use it, and try again"))
            case .exists: (.invalidInput, .advice("name a file that volumectl backup has written"))
            case .corrupt: (.storeUnavailable, .advice("name another copy"))
            case .schemaFromTheFuture: (.storeUnavailable, .advice("use a newer volumectl"))
            default: (known.code, known.remedies.first ?? .advice("mend that, and try again"))
            }
        self.init(
            code,
            "'\(file)' was not put in the place of '\(path)'",
            cause: error.message,
            aftermath: "the database is as it was",
            remedies: [remedy]
        )
    }
}
