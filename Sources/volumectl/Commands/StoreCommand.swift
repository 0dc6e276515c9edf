internal import ArgumentParser
internal import Foundation
internal import PoolConfiguration
internal import SQL
internal import VolumeAPI
internal import Volumes

struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Move to another database.",
        subcommands: [CopyStore.self]
    )
}

struct CopyStore: ConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copy all that a database holds to another one, and verify every value.",
        discussion: """
            The database is only read. Nobody may use it meanwhile, and all its flows must
            have come to rest. The target must be empty or not exist; nobody can use it
            before the copy is complete and verified. If the copy is interrupted, the same
            command begins it anew.

            Afterwards, let the configuration (db) or VOLUMECTL_DB name the copy, and do not
            use the original any more.

            EXAMPLES:
              volumectl store copy /var/lib/volumectl/volumectl.db /srv/volumectl.db
              volumectl store copy /var/lib/volumectl/volumectl.db postgresql://db/volumes
            """
    )

    @Argument(help: ArgumentHelp("The database to copy: a file, or a server's URI.", valueName: "from"), completion: .file())
    var source: String
    @Argument(help: ArgumentHelp("The database to copy to.", valueName: "to"), completion: .file())
    var target: String

    @Option(help: ArgumentHelp("The only configuration file to read.", valueName: "file"))
    var config: String?
    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions

    var configurationFile: String? { config }

    func run(_ settings: Settings) async throws {
        let (source, target) = (ConfiguredDatabase(source), ConfiguredDatabase(target))
        guard !source.isMissingFile else { throw VolumeError.noDatabase(source) }
        guard Self.resolved(source) != Self.resolved(target) else { throw VolumeError.sameDatabase(source) }
        // Looks at both before any file is made or opened.
        try source.peek { try StoreContent.requireReadable($0, named: "\(source)") }
        if !target.isMissingFile { _ = try target.peek { try StoreContent.requireFree($0, named: "\(target)") } }
        let from = try source.open(for: .look, beside: settings.localFiles)
        do {
            try await copy(from, source, to: target, settings)
        } catch {
            await from.close()
            throw error
        }
        await from.close()
    }

    private func copy(
        _ from: any SQLDatabase,
        _ source: ConfiguredDatabase,
        to target: ConfiguredDatabase,
        _ settings: Settings
    ) async throws {
        let origin = StoreCopy.Side("\(source)", from)
        if let path = target.path, target.isMissingFile, source.path != nil { try from.requireBackup(canBeWrittenTo: path) }
        if rehearsal.dryRun {
            let view = StoreCopyView(from: source, to: target, try await StoreCopy.content(of: origin))
            try view.print(output, as: settings.output, "would copy \(view.words) to \(target)")
            if !output.quiet { Console.note("note: nothing was changed") }
            return
        }
        try StateDirectory(settings.configuration).make()
        let to = try target.open(for: .change, beside: settings.localFiles)
        let copied: StoreContent
        do {
            copied = try await StoreCopy(from: origin, to: StoreCopy.Side("\(target)", to)).run()
        } catch {
            await to.close()
            throw error
        }
        await to.close()
        let view = StoreCopyView(from: source, to: target, copied)
        try view.print(output, as: settings.output, "\(target)  a verified copy of \(source), \(view.words)")
    }

    /// The database, without symbolic links on the way to a file.
    private static func resolved(_ database: ConfiguredDatabase) -> ConfiguredDatabase {
        guard let path = database.path else { return database }
        return .file(URL(filePath: path).standardizedFileURL.resolvingSymlinksInPath().path)
    }
}

/// A copy of a database as JSON.
private struct StoreCopyView: Encodable {
    let schema = "volumectl.store-copy/v1"
    let from: String
    let to: String
    /// The number of rows of each table.
    let rows: [String: Int]

    init(from source: ConfiguredDatabase, to target: ConfiguredDatabase, _ content: StoreContent) {
        (from, to, rows) = ("\(source)", "\(target)", content.rows)
    }

    var words: String { "\(rows.values.reduce(0, +)) rows in \(rows.count) tables" }

    func print(_ output: OutputOptions, as format: OutputFormat, _ words: String) throws {
        try format == .json ? Console.result(json: self) : Console.result(output.quiet ? to : words)
    }
}

extension VolumeError {
    fileprivate static func noDatabase(_ database: ConfiguredDatabase) -> VolumeError {
        VolumeError(
            .notFound,
            "there is no database '\(database)' to copy",
            remedies: [.advice("name the file of a database, such as the one that volumectl config show prints")]
        )
    }

    fileprivate static func sameDatabase(_ database: ConfiguredDatabase) -> VolumeError {
        VolumeError(
            .invalidInput,
            "cannot copy '\(database)' to itself",
            remedies: [.advice("name a database that does not exist yet, or an empty one, as the second one")]
        )
    }
}
