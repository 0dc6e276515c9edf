internal import ArgumentParser
internal import PoolConfiguration
internal import VolumeAPI
internal import Volumes

struct Version: ConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Show the versions of the program and of its database.",
        discussion: "Changes nothing, and succeeds even if the database can't be opened."
    )

    @OptionGroup var options: ConfigurationOptions

    @OptionGroup var output: OutputOptions

    var configurationFile: String? { options.config }

    func run(_ settings: Settings) async throws {
        if output.quiet { return try Console.result(ProgramVersion.current) }
        let view = VersionView(settings)
        if settings.output == .json { return try Console.result(json: view) }
        try Console.result(view.lines(as: settings.output))
    }
}

/// The versions as JSON.
private struct VersionView: Encodable {
    struct Tables: Encodable {
        let name: String
        /// The version that the database has; `0` if it has no such tables.
        let version: Int
        /// The newest version that the program knows.
        let known: Int
    }

    let schema = "volumectl.version/v1"
    let version = ProgramVersion.current
    /// `sqlite` or `postgresql`.
    let store: String
    /// The file, or the server's address without its password.
    let database: String
    /// The versions of the tables; `null` if the database can't be read.
    @Nullable var tables: [Tables]?
    /// Why the database can't be read.
    @Nullable var problem: String?
    /// The version of PostgreSQL's client library; `null` unless it is loaded.
    @Nullable var libpq: String?

    init(_ settings: Settings) {
        store = settings.database.path == nil ? "postgresql" : "sqlite"
        database = "\(settings.database)"
        do {
            // Nothing is read from a place that others can change.
            try StateDirectory(settings.configuration).check()
            let found = try settings.database.peek { try VolumeService.tableVersions(in: $0) }
            _tables = Nullable(
                wrappedValue: found.map { Tables(name: $0.name, version: $0.found, known: $0.known) }
            )
            _problem = Nullable(wrappedValue: nil)
        } catch {
            _tables = Nullable(wrappedValue: nil)
            let error = VolumeError(translating: error)
            _problem = Nullable(
                wrappedValue: settings.database.isMissingFile ? "it does not exist yet" : error.cause ?? error.message
            )
        }
        _libpq = Nullable(wrappedValue: settings.database.clientLibrary)
    }

    func lines(as format: OutputFormat) -> [String] {
        let name = store == "sqlite" ? "SQLite" : "PostgreSQL"
        var rows = [["volumectl", version], ["store", name], ["database", database]]
        rows.append(["tables", tables.map(Self.words) ?? "unknown: \(problem ?? "-")"])
        if let libpq { rows.append(["libpq", libpq]) }
        return Table.details(rows, as: format)
    }

    /// How the tables differ from those that the program knows.
    private static func words(_ tables: [Tables]) -> String {
        if tables.allSatisfy({ $0.version == 0 }) { return "none; the next command makes them" }
        let newer = tables.filter { $0.version > $0.known }
        if let first = newer.first {
            return "newer than this program: \(first.name) version \(first.version), it knows \(first.known)"
        }
        let older = tables.filter { $0.version < $0.known }.map { "\($0.name) version \($0.version) of \($0.known)" }
        return older.isEmpty
            ? "those of this program" : "older, and migrated by the next command: \(older.joined(separator: ", "))"
    }
}
