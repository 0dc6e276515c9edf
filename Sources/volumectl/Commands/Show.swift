internal import ArgumentParser
internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeDriver
internal import Volumes

struct Show: ServiceCommand {
    static let access = ServiceAccess.look
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a volume.")

    @Argument(help: "A name, an id, or at least four characters of an id's beginning.")
    var volume: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: VolumeService, _ settings: Settings) async throws {
        let found = try await service.find(volume)
        if output.quiet { return try Console.result(found.id.description) }
        if settings.output == .json {
            return try Console.result(json: VolumeView(found, location: service.location(of: found)))
        }
        let backend: String
        do {
            backend = "\(service.location(of: found))  \(try await service.inspect(found).words) (checked just now)"
        } catch {
            backend = error.description
        }
        var rows = [
            ["name", found.name?.description ?? "-"],
            ["id", found.id.description],
            ["project", found.project],
            ["size", found.exactSize],
            ["pool", found.pool ?? "-"],
            ["status", "\(found.status.rawValue) since \(found.updatedAt.formatted(.iso8601))"],
            ["backend", backend],
            ["flow", "volumectl flow show \(found.flow.shortened)"],
        ]
        if let why = found.lastError { rows.append(["why", why]) }
        var table = Table([.init(title: ""), .init(title: "")], rows: rows)
        table.isBare = true
        try Console.result(table.lines)
    }
}

extension VolumePresence {
    fileprivate var words: String {
        switch self {
        case .absent: "nothing is there"
        case .partial: "unfinished"
        case .complete(let size): "\(size)"
        }
    }
}
