internal import ArgumentParser
internal import Foundation
internal import Identity
internal import VolumeDriver
internal import Volumes

struct Remove: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove volumes and their data.",
        aliases: ["delete"]
    )

    @Argument(help: "Names, ids, or beginnings of ids.")
    var volumes: [String]

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @Flag(help: "A volume that is not there counts as removed.")
    var ifExists = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func validate() throws {
        if !yes && isatty(STDIN_FILENO) != 1 {
            throw ValidationError("nobody can be asked here: say -y to remove without asking")
        }
    }

    func run(_ service: VolumeService, _ settings: Settings) async throws {
        var worst: VolumeError?
        for reference in volumes {
            do {
                try await remove(reference, from: service)
            } catch let error as VolumeError where error.code == .notFound && ifExists {
                Console.note("note: \(error.message)")
            } catch let error as VolumeError {
                if let worst {
                    Console.note(output.format == .json ? ErrorOutput.json(worst) : ErrorOutput.text(worst))
                }
                worst = worst.map { $0.code.exitStatus >= error.code.exitStatus ? $0 : error } ?? error
            }
        }
        if let worst { throw worst }
    }

    private func remove(_ reference: String, from service: VolumeService) async throws {
        let volume = try await service.find(reference)
        guard yes || confirms(volume) else { return Console.note("note: \(volume.label) is kept") }
        let location = service.location(of: volume)
        try await service.delete(volume.id.description)
        if output.quiet {
            Console.result(volume.id.description)
        } else if output.format == .json {
            Console.result(try JSONOutput.text(VolumeView(volume, location: location)))
        } else {
            Console.result("\(volume.label)  \(volume.size)  pool \(volume.pool ?? "-")  deleted")
        }
    }

    private func confirms(_ volume: Volume) -> Bool {
        Console.note(
            "remove \(volume.label), \(volume.size), made \(volume.createdAt.formatted(.iso8601)), and its data? [y/N]"
        )
        return ["y", "yes"].contains(readLine()?.lowercased())
    }
}
