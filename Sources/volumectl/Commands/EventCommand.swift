internal import ArgumentParser
internal import Foundation
internal import Identity
internal import SQL
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

struct EventCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event",
        abstract: "List and follow what happened: who did what, when, and how it ended.",
        subcommands: [ListEvents.self]
    )
}

struct ListEvents: ListCommand {
    typealias Record = Event

    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List the newest events, the newest last.",
        discussion: """
            Events have Cinder's names: volume.create.start, volume.create.end,
            volume.create.error, volume.delete.start and so on, snapshot.*, group.*,
            group_snapshot.*, volume_type.* and qos_specs.*; quota.update, quota.sync,
            pool.* and flow.abandon are of this program. '-o jsonl' prints them with all
            that is known of the object.
            """,
        aliases: ["list"]
    )

    @Option(
        parsing: .unconditional,
        help: "The maximum number of events; 50, or any with --since, --after or --filter."
    )
    var limit: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The first events after the one with this number, which -q prints.", valueName: "number")
    )
    var after: Int64?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only events of this time, such as 1h, or since 2026-11-28.", valueName: "time")
    )
    var since: EventTime?

    @Option(help: "Only events of this volume: a name or an id, also of one that is gone.", completion: .volumes)
    var volume: String?

    @Flag(name: [.customShort("w"), .long], help: "Go on with events as they happen, until Ctrl-C.")
    var watch = false

    @OptionGroup var list: ListOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func validate() throws {
        guard limit ?? 1 > 0 else { throw ValidationError("--limit must be at least 1") }
        if watch, after != nil, limit != nil {
            throw ValidationError("--limit would leave out events between --after and those that --watch waits for")
        }
        guard after ?? 0 >= 0 else { throw ValidationError("--after must be the number of an event, or 0") }
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let object = try await object(service)
        guard watch else { return try await print(service, settings, object) { nil } }
        // From before the list, so that no event is missed between the two.
        try await Watch.untilSignal {
            var watch = try await Watch(service)
            try await print(service, settings, object) { try await watch.next(of: object) }
        }
    }

    private func print(
        _ service: any VolumeClient,
        _ settings: Settings,
        _ object: String?,
        following more: () async throws -> [Event]?
    ) async throws {
        let isFiltered = !list.filter.isEmpty
        let most = limit ?? (since == nil && after == nil && !isFiltered ? 50 : .max)
        let isNewest = after == nil
        let selection = EventSelection(
            object: object,
            since: since?.date,
            after: after,
            newest: isFiltered || !isNewest || most == .max ? nil : most
        )
        let pages = service.eventPages(selection, of: 1000)
        let hasMore = try await list.print(
            isNewest || isFiltered ? pages : pages.limited(to: most),
            by: service,
            as: settings.output,
            output,
            limit: isNewest ? .max : most,
            last: isNewest && isFiltered ? most : .max,
            part: ListPart(marker: after.map { "\($0)" }),
            following: more,
            id: { event in "\(event.number)" },
            view: { (event: Result<Event, UnreadableRow>) in EventRow(event) }
        )
        if hasMore { Console.note("note: there are more events; --after and the last one's number lists them") }
    }

    /// The id of the volume whose events are wanted.
    private func object(_ service: any VolumeClient) async throws -> String? {
        guard let volume else { return nil }
        do {
            return try await service.find(volume).id.description
        } catch {
            guard error.code == .notFound, let id = VolumeID(volume.lowercased()) else { throw error }
            return id.description
        }
    }
}

/// An event as JSON, or the number of one that can't be read.
private enum EventRow: Encodable {
    case readable(EventView)
    case unreadable(String)

    init(_ event: Result<Event, UnreadableRow>) {
        switch event {
        case .success(let event): self = .readable(EventView(event))
        case .failure(let row): self = .unreadable(row.key)
        }
    }

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .readable(let view): try view.encode(to: encoder)
        case .unreadable(let key): try ["number": key].encode(to: encoder)
        }
    }
}

/// The time from which events are listed: a time, or an age such as `1h`.
struct EventTime: ExpressibleByArgument {
    let date: Date

    init?(argument: String) {
        if let date = Date(typed: argument) {
            self.date = date
        } else if let span = TimeSpan(argument: argument) {
            date = Date() - span.seconds
        } else {
            return nil
        }
    }
}
