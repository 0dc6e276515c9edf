internal import ArgumentParser
internal import Foundation
internal import Identity
internal import VolumeAPI

struct Adopt: WaitingCommand, ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Take over an object of a pool's backend as a volume.",
        usage: "volumectl adopt POOL OBJECT [NAME]",
        discussion: """
            The object, such as a file or a logical volume, gets the volume's name on the
            backend; its content stays as it is. 'pool objects POOL' lists the objects that
            can be adopted. 'forget' is the opposite.
            """
    )

    @Argument(help: "The pool's name.", completion: .pools)
    var pool: String

    @Argument(help: "The object's name on the backend.")
    var object: String

    @Argument(help: "The name of the volume.")
    var name: String?

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "adopt \(object) of pool \"\(pool)\" as a volume\(name.map { " \"\($0)\"" } ?? "")" }

    func check() throws { _ = try volumeName() }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let name = try volumeName()
        let adopted = try await explaining(pool, settings) {
            try await carryOut(.reverts, by: service, settings) { [object, pool] service, control in
                try await service.adopt(object, in: pool, as: name, control: control)
            }
        }
        let volume = adopted.volume
        let view = VolumeView(volume, location: adopted.location)
        if volume.status == .creating {
            return try output.print(begun: volume.flow, as: settings.output, view) {
                "flow \(volume.flow): adopting \(object) as volume \"\(volume.label)\", \(volume.size)"
            }
        }
        if output.quiet {
            try Console.result(volume.id.description)
        } else if settings.output == .json {
            try Console.result(json: view)
        } else {
            try Console.result(
                "\(volume.label)  \(volume.exactSize)  pool \(volume.pool ?? "-")  \(volume.status.rawValue)  "
                    + "(was \(object))"
            )
        }
    }

    private func volumeName() throws -> VolumeName? {
        do {
            return try name.map { try VolumeName(validating: $0) }
        } catch {
            throw VolumeError(
                .invalidInput,
                "cannot adopt an object: \(error)",
                remedies: [.command("adopt --help")]
            )
        }
    }
}
