internal import ArgumentParser
internal import Identity
internal import PoolConfiguration
internal import SQL
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

struct List: ListCommand {
    typealias Record = Volume

    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List volumes.",
        aliases: ["list"]
    )

    @Flag(
        name: [.customShort("w"), .long],
        help: "Go on with each volume that changes, until Ctrl-C."
    )
    var watch = false

    @OptionGroup var page: PageOptions
    @OptionGroup var list: ListOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        if settings.output == .json { await service.prepareDrivers() }
        guard watch else { return try await print(service, settings) { nil } }
        try await Watch.untilSignal {
            // From before the list, so that no change is missed between the two.
            var watch = try await Watch(service)
            try await print(service, settings) {
                guard let events = try await watch.next() else { return nil }
                return await changed(events, service)
            }
        }
    }

    /// The volumes that events are about, as they are now.
    private func changed(_ events: [Event], _ service: any VolumeClient) async -> [Volume] {
        var volumes: [Volume] = []
        var seen: Set<String> = []
        for event in events where event.name.hasPrefix("volume.") && seen.insert(event.object).inserted {
            do {
                volumes.append(try await service.find(event.object))
            } catch {
                let isGone = error.code == .notFound
                Console.note(isGone ? "note: volume \"\(event.label)\" is gone" : "warning: \(error)")
            }
        }
        return volumes
    }

    private func print(
        _ service: any VolumeClient,
        _ settings: Settings,
        following more: () async throws -> [Volume]?
    ) async throws {
        var marker: VolumeID?
        if let after = page.after { marker = try await service.find(after).id }
        let part = ListPart(limit: page.limit ?? .max, marker: marker?.description)
        let pages = service.volumePages(after: list.sort.isEmpty ? marker : nil, of: 1000)
        let hasMore = try await list.print(
            pages.read(for: part, list),
            by: service,
            as: settings.output,
            output,
            part: part,
            following: more,
            id: \.id.description,
            view: { volume in
                switch volume {
                case .success(let volume):
                    VolumeView(
                        volume,
                        location: await service.location(of: volume),
                        attachments: await volume.attachments(service).map { AttachmentView($0) }
                    )
                case .failure(let row): VolumeView(unreadable: row, project: settings.project)
                }
            }
        )
        if hasMore { Console.note("note: there are more volumes; --after and the last one's name lists them") }
    }
}
