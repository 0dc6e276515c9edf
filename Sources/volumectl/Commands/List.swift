internal import ArgumentParser
internal import Identity
internal import PoolConfiguration
internal import SQL
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

struct List: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List volumes.",
        aliases: ["list"]
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        if settings.output == .json { await service.prepareDrivers() }
        var pages = service.volumePages(of: 1000).makeAsyncIterator()
        try await output.print(
            &pages,
            as: settings.output,
            none: "no volumes",
            columns: [
                .init(title: "NAME"), .init(title: "SIZE", isNumber: true), .init(title: "POOL"),
                .init(title: "TYPE", isExtra: true), .init(title: "STATUS"),
                .init(title: Console.isTerminal ? "AGE" : "CREATED"),
                .init(title: "USED", isExtra: true),
            ],
            id: \.id.description,
            view: { volume in
                switch volume {
                case .success(let volume):
                    VolumeView(
                        volume,
                        location: await service.location(of: volume),
                        attachment: await use(of: volume, service).map { AttachmentView($0) }
                    )
                case .failure(let row): VolumeView(unreadable: row, project: settings.project)
                }
            },
            cells: { volume in
                switch volume {
                case .success(let volume):
                    [
                        volume.label, "\(volume.size)", volume.pool ?? "-", volume.type ?? "-", volume.status.rawValue,
                        volume.createdAt.ageOrTime, await use(of: volume, service)?.description ?? "-",
                    ]
                case .failure(let row): [row.name ?? row.key, "-", "-", "-", unreadableWord, "-", "-"]
                }
            }
        )
    }

    /// How the volume is used; `nil` if it isn't, or its record can't be read.
    private func use(of volume: Volume, _ service: any VolumeClient) async -> Attachment? {
        guard [.attaching, .inUse, .detaching].contains(volume.status) else { return nil }
        return try? await service.attachment(of: volume)
    }
}
