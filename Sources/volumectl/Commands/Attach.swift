internal import ArgumentParser
internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

struct Attach: WaitingCommand, ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Make a volume accessible on this host, and print its device or file.",
        discussion: """
            Prints the path and nothing else: mkfs.ext4 "$(volumectl attach NAME)". A
            volume that is attached already is printed as it is; after a reboot its device
            is made anew. A read-only volume ('set --read-only') always gets a device that
            refuses writes.

            A volume has one holder. A multiattach volume ('create --multiattach') may
            have several, which share one device: it goes with the last. They have to
            coordinate their writes themselves.
            """
    )

    @Argument(help: "A complete name or id.", completion: .volumes)
    var volume: String

    @Flag(help: "Make a device that refuses writes.")
    var readOnly = false

    @OptionGroup var holder: HolderOption
    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "attach volume \"\(volume)\"\(readOnly ? " read-only" : "")\(holder.words)" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let name = holder.holder
        let attachment = try await carryOut(.reverts, by: service, settings) { [volume, readOnly] service, control in
            try await service.attach(volume, readOnly: readOnly, holder: name, control: control)
        }
        try output.print(attachment, as: settings.output) { "flow \($0): attaching volume \"\(volume)\"" }
        if case .local(let local)? = attachment.access, local.format != .raw {
            Console.note("note: it is a \(local.format.rawValue) image, not a device")
        }
    }
}

struct Export: WaitingCommand, ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Have a server give others access to a volume, and print its address.",
        discussion: """
            Prints the URI and nothing else: nbdinfo "$(volumectl export NAME)". A volume
            that is exported already is printed as it is; a server that has died is started
            anew. A read-only volume ('set --read-only') always gets a server that refuses
            writes.

            A volume has one holder. A multiattach volume ('create --multiattach') may
            have several, which share one server: it goes with the last.
            """
    )

    @Argument(help: "A complete name or id.", completion: .volumes)
    var volume: String

    @Flag(help: "Start a server that refuses writes.")
    var readOnly = false

    @OptionGroup var holder: HolderOption
    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "export volume \"\(volume)\"\(readOnly ? " read-only" : "")\(holder.words)" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let name = holder.holder
        let attachment = try await carryOut(.reverts, by: service, settings) { [volume, readOnly] service, control in
            try await service.export(volume, readOnly: readOnly, holder: name, control: control)
        }
        try output.print(attachment, as: settings.output) { "flow \($0): exporting volume \"\(volume)\"" }
    }
}

extension OutputOptions {
    /// Prints where a volume is accessible, or the flow that makes it accessible.
    fileprivate func print(
        _ attachment: Attachment,
        as format: OutputFormat,
        begun words: (FlowID) -> String
    ) throws {
        guard let access = attachment.access else {
            return try print(begun: attachment.flow, as: format, AttachmentView(attachment)) { words(attachment.flow) }
        }
        if quiet {
            try Console.result(attachment.volume.description)
        } else if format == .json {
            try Console.result(json: AttachmentView(attachment))
        } else {
            try Console.result(access.address)
        }
    }
}
