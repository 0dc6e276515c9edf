internal import ArgumentParser
internal import Identity
internal import TaskFlow
internal import VolumeDriver
internal import Volumes

struct List: ServiceCommand {
    static let access = ServiceAccess.look
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List volumes.",
        aliases: ["list"]
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: VolumeService, _ settings: Settings) async throws {
        let volumes = try await service.volumes()
        for row in volumes.unreadable { Console.note("warning: \(row)") }
        try output.print(
            volumes.map { VolumeView($0, location: service.location(of: $0)) }
                + volumes.unreadable.map { VolumeView(unreadable: $0, project: settings.project) },
            as: settings.output,
            ids: volumes.map(\.id.description) + volumes.unreadable.map(\.key),
            none: "no volumes",
            columns: [
                .init(title: "NAME"), .init(title: "SIZE", isNumber: true), .init(title: "POOL"),
                .init(title: "STATUS"), .init(title: Console.isTerminal ? "AGE" : "CREATED"),
            ]
        ) { index in
            guard index < volumes.count else {
                let row = volumes.unreadable[index - volumes.count]
                return [row.name ?? row.key, "-", "-", unreadableWord, "-"]
            }
            let volume = volumes[index]
            return [
                volume.label, "\(volume.size)", volume.pool ?? "-", volume.status.rawValue, volume.createdAt.ageOrTime,
            ]
        }
    }
}
