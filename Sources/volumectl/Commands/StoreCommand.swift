internal import ArgumentParser
internal import Foundation
internal import PoolConfiguration
internal import SQL
internal import VolumeAPI
internal import Volumes

struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Look at the database, check it, and move to another one.",
        subcommands: [StoreInfo.self, CheckStore.self, CopyStore.self]
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
              volumectl store copy /srv/volumectl.db postgresql://db.example/volumes
              volumectl store copy postgresql://db.example/volumes /srv/copy.db
            """
    )

    @Argument(
        help: ArgumentHelp("The database to copy: a file, or the URI of a server.", valueName: "from"),
        completion: .file()
    )
    var source: String
    @Argument(
        help: ArgumentHelp("The database to copy to: a file, or the URI of a server.", valueName: "to"),
        completion: .file()
    )
    var target: String

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions

    var configurationFile: String? { options.config }

    func run(_ settings: Settings) async throws {
        let (origin, destination) = (ConfiguredDatabase(source), ConfiguredDatabase(target))
        guard !origin.isMissingFile else { throw VolumeError.noDatabase(source) }
        guard Self.resolved(origin) != Self.resolved(destination) else { throw VolumeError.sameDatabase("\(origin)") }
        // Looks at both before any file is made or opened.
        try origin.peek { try StoreContent.requireReadable($0, named: "\(origin)") }
        if !destination.isMissingFile {
            _ = try destination.peek { try StoreContent.requireFree($0, named: "\(destination)") }
        }
        let from = try origin.open(for: .look, in: settings.stateDirectory)
        do {
            if destination.isMissingFile, case .file(let path) = destination, case .file = origin {
                try from.requireBackup(canBeWrittenTo: path)
            }
            try await copy(StoreCopy.Side("\(origin)", from), to: destination, settings)
        } catch {
            await from.close()
            throw error
        }
        await from.close()
    }

    private func copy(_ from: StoreCopy.Side, to destination: ConfiguredDatabase, _ settings: Settings) async throws {
        if rehearsal.dryRun {
            let view = StoreCopyView(from: from.name, to: "\(destination)", try await StoreCopy.content(of: from))
            try view.print(output, as: settings.output, "would copy \(view.words) to \(destination)")
            if !output.quiet { Console.note("note: nothing was changed") }
            return
        }
        try StateDirectory(settings.configuration).make()
        let to = try destination.open(for: .change, in: settings.stateDirectory)
        let copied: StoreContent
        do {
            copied = try await StoreCopy(from: from, to: StoreCopy.Side("\(destination)", to)).run()
        } catch {
            await to.close()
            throw error
        }
        await to.close()
        let view = StoreCopyView(from: from.name, to: "\(destination)", copied)
        try view.print(output, as: settings.output, "\(view.to)  a verified copy of \(from.name), \(view.words)")
    }

    /// The same for all ways to write the path of one file.
    private static func resolved(_ database: ConfiguredDatabase) -> ConfiguredDatabase {
        guard case .file(let path) = database else { return database }
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

    init(from source: String, to target: String, _ content: StoreContent) {
        (from, to, rows) = (source, target, content.rows)
    }

    var words: String { "\(rows.values.reduce(0, +)) rows in \(rows.count) tables" }

    func print(_ output: OutputOptions, as format: OutputFormat, _ words: String) throws {
        try format == .json ? Console.result(json: self) : Console.result(output.quiet ? to : words)
    }
}

extension VolumeError {
    fileprivate static func noDatabase(_ path: String) -> VolumeError {
        VolumeError(
            .notFound,
            "there is no database '\(path)' to copy",
            remedies: [.advice("name the file of a database, such as the one that volumectl config show prints")]
        )
    }

    fileprivate static func sameDatabase(_ path: String) -> VolumeError {
        VolumeError(
            .invalidInput,
            "cannot copy '\(path)' to itself",
            remedies: [.advice("name a database that does not exist yet, or an empty one, as the second one")]
        )
    }
}
