public import ArgumentParser
internal import Foundation
internal import Identity
internal import TaskFlow
public import VolumeAPI

struct Mount: WaitingCommand, ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "mount",
        abstract: "Mount a volume at a directory; an empty one gets a file system.",
        discussion: """
            A volume counts as empty if it has no signature of a file system, a partition
            table or the like, and its first MiB is zeros. Needs root. After a reboot, the
            same command mounts the volume again. A mounted volume has no other use,
            multiattach or not: a second writer would damage its file system.
            """
    )

    @Argument(help: "A complete name or id.", completion: .volumes)
    var volume: String

    @Argument(help: "A directory that is there.", completion: .directory)
    var directory: String

    @Option(help: "The file system that an empty volume gets (else ext4), and any other has to have.")
    var fs: FileSystemType?

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "mount volume \"\(volume)\" at \(directory)" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let here = FileManager.default.currentDirectoryPath
        let path = directory.hasPrefix("/") ? directory : here + "/" + directory
        let attachment = try await carryOut(.reverts, by: service, settings) { [volume, fs] service, control in
            try await service.mount(volume, at: path, fileSystem: fs, control: control)
        }
        guard let access = attachment.access else {
            let flow = attachment.flow
            return try output.print(begun: flow, as: settings.output, AttachmentView(attachment)) {
                "flow \(flow): mounting volume \"\(volume)\""
            }
        }
        if output.quiet {
            try Console.result(attachment.volume.description)
        } else if settings.output == .json {
            try Console.result(json: AttachmentView(attachment))
        } else {
            try Console.result("\(volume)  \(access.address)  mounted at \(attachment.mountPoint ?? path)")
        }
    }
}

extension FileSystemType: ExpressibleByArgument {}
