internal import ArgumentParser
internal import Foundation
internal import PoolConfiguration
internal import SQL
internal import VolumeAPI
internal import VolumeDriver
internal import Volumes

struct StoreInfo: ConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Show where the database is, and what it holds.",
        discussion: "Changes nothing. Another database can be named, such as a backup."
    )

    @Argument(help: ArgumentHelp("A file, or the URI of a server.", valueName: "database"), completion: .file())
    var database: String?
    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var output: OutputOptions

    var configurationFile: String? { options.config }

    func run(_ settings: Settings) async throws {
        let database = try settings.database(named: database)
        let summary = try database.peek { try StoreSummary(of: $0, named: "\(database)") }
        let view = StoreInfoView(database, summary)
        if output.quiet { return try Console.result(view.database) }
        try settings.output == .json
            ? Console.result(json: view) : Console.result(view.lines(as: settings.output))
    }
}

struct CheckStore: ConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the database for damage, and exit with 10 if there is some.",
        discussion: """
            Reads every page, and compares indexes with their tables, and references with
            what they refer to; a server is asked whether it would notice damage. Changes
            nothing. Another database can be named, such as a backup.

            A change of an SQLite file that no command of this program has made is noticed
            by itself: the next command that writes checks the file first, and refuses to
            write to one that is damaged. 'doctor' checks the records as well.
            """
    )

    @Argument(help: ArgumentHelp("A file, or the URI of a server.", valueName: "database"), completion: .file())
    var database: String?
    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var output: OutputOptions

    var configurationFile: String? { options.config }

    func run(_ settings: Settings) async throws {
        let database = try settings.database(named: database)
        let condition: DatabaseCondition
        do {
            condition = try await database.examine(in: settings.stateDirectory)
        } catch let error as SQLError where error.code == .corrupt {
            throw VolumeError.damaged("\(database)", [error.message])
        }
        guard condition.damage.isEmpty else { throw VolumeError.damaged("\(database)", condition.damage) }
        let view = StoreCheckView("\(database)", condition)
        if output.quiet { return try Console.result(view.database) }
        if settings.output == .json { return try Console.result(json: view) }
        try Console.result("\(view.database)  undamaged: \(ByteCount(bytes: condition.size) ?? .zero)")
        if let caution = condition.caution { Console.note("warning: \(caution.message); \(caution.advice)") }
    }
}

extension Settings {
    /// The database that an argument names, or the configured one.
    ///
    /// - Throws: ``VolumeError``: `notFound` if there is no such file; `notPermitted` if the configured one is in a place that
    ///   others can change.
    fileprivate func database(named name: String?) throws(VolumeError) -> ConfiguredDatabase {
        let named = name.map { ConfiguredDatabase($0) }
        if named == nil { try StateDirectory(configuration).check() }
        let found = named ?? self.configuration.database
        guard !found.isMissingFile else {
            throw VolumeError(
                .notFound,
                "there is no database '\(found)'",
                remedies: [
                    .advice(named == nil ? "the first command that writes makes one" : "name the file of a database")
                ]
            )
        }
        return found
    }
}

/// A database and what it holds, as JSON.
private struct StoreInfoView: Encodable {
    let schema = "volumectl.store-info/v1"
    /// `sqlite` or `postgresql`.
    let store: String
    let database: String
    /// In bytes; `null` for a server.
    @Nullable var sizeBytes: Int64?
    /// The bytes of changes that the file lacks; `null` for a server.
    @Nullable var logBytes: Int64?
    let volumes: Int
    let snapshots: Int
    let flows: Int
    let events: Int
    @Nullable var newestEvent: Date?

    init(_ configured: ConfiguredDatabase, _ summary: StoreSummary) {
        store = configured.path == nil ? "postgresql" : "sqlite"
        database = "\(configured)"
        let sizes = configured.fileSizes
        _sizeBytes = Nullable(wrappedValue: sizes?.database)
        _logBytes = Nullable(wrappedValue: sizes?.log)
        (volumes, snapshots, flows, events) = (summary.volumes, summary.snapshots, summary.flows, summary.events)
        _newestEvent = Nullable(wrappedValue: summary.newestEvent)
    }

    func lines(as format: OutputFormat) -> [String] {
        var rows = [["store", store == "sqlite" ? "SQLite" : "PostgreSQL"], ["database", database]]
        if let sizeBytes, let size = ByteCount(bytes: sizeBytes) {
            let log = logBytes.flatMap { $0 > 0 ? ByteCount(bytes: $0) : nil }
            rows.append(["size", "\(size)" + (log.map { ", and \($0) in its log" } ?? "")])
        }
        rows += [
            ["volumes", "\(volumes)"], ["snapshots", "\(snapshots)"], ["flows", "\(flows)"], ["events", "\(events)"],
            ["newest event", newestEvent?.timestamp ?? "-"],
        ]
        return Table.details(rows, as: format)
    }
}

/// The result of a check as JSON.
private struct StoreCheckView: Encodable {
    let schema = "volumectl.store-check/v1"
    let database: String
    let sizeBytes: Int64
    /// What makes damage harder to notice; `null` if nothing does.
    @Nullable var caution: String?

    init(_ name: String, _ condition: DatabaseCondition) {
        (database, sizeBytes) = (name, condition.size)
        _caution = Nullable(wrappedValue: condition.caution?.message)
    }
}

extension VolumeError {
    fileprivate static func damaged(_ name: String, _ damage: [String]) -> VolumeError {
        VolumeError(
            .storeUnavailable,
            "the database '\(name)' is damaged",
            cause: damage.joined(separator: "\n"),
            aftermath: "nothing was changed",
            remedies: [
                .advice("stop using it, and look for disk errors with: dmesg"),
                .advice("put the newest backup in its place: volumectl restore FILE"),
            ]
        )
    }
}
