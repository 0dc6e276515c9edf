internal import ArgumentParser
internal import Identity
internal import TaskFlow
internal import VolumeAPI

struct Detach: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "detach",
        abstract: "End the access that attach gave.",
        discussion: "What was written is on the backend then. A volume that is not attached counts as detached."
    )

    @Argument(help: "A name or an id, whole.")
    var volume: String

    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let (volume, control) = (volume, wait.control)
        let interruption = Interruption(.reverts, startWorker: options.startWorker)
        let flow = try await interruption.guarding(reporting: settings.output) {
            try await service.telling(interruption.tell).detach(volume, control: control)
        }
        if flow == nil { Console.note("note: volume \"\(volume)\" is not attached") }
        try await output.print(released: volume, by: flow, of: service, as: settings.output, "detached", wait)
    }
}

struct Unexport: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "unexport",
        abstract: "End the server that export started.",
        discussion: "A volume that is not exported counts as done."
    )

    @Argument(help: "A name or an id, whole.")
    var volume: String

    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let (volume, control) = (volume, wait.control)
        let interruption = Interruption(.reverts, startWorker: options.startWorker)
        let flow = try await interruption.guarding(reporting: settings.output) {
            try await service.telling(interruption.tell).unexport(volume, control: control)
        }
        if flow == nil { Console.note("note: volume \"\(volume)\" is not exported") }
        try await output.print(released: volume, by: flow, of: service, as: settings.output, "unexported", wait)
    }
}

struct Unmount: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "umount",
        abstract: "Unmount what mount has mounted, and detach it.",
        discussion: "A volume that is not mounted counts as done. Needs root.",
        aliases: ["unmount"]
    )

    @Argument(help: "A name or an id, whole.")
    var volume: String

    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let (volume, control) = (volume, wait.control)
        let interruption = Interruption(.reverts, startWorker: options.startWorker)
        let flow = try await interruption.guarding(reporting: settings.output) {
            try await service.telling(interruption.tell).unmount(volume, control: control)
        }
        if flow == nil { Console.note("note: volume \"\(volume)\" is not mounted") }
        try await output.print(released: volume, by: flow, of: service, as: settings.output, "unmounted", wait)
    }
}

extension OutputOptions {
    /// Prints a volume that is not in use any more, or the flow that makes it so.
    fileprivate func print(
        released reference: String,
        by flow: FlowID?,
        of service: any VolumeClient,
        as format: OutputFormat,
        _ word: String,
        _ wait: WaitOptions
    ) async throws {
        let volume = try await service.volume(named: reference)
        let attachment = try await service.attachment(of: volume).map { AttachmentView($0) }
        let view = VolumeView(volume, location: await service.location(of: volume), attachment: attachment)
        if let flow, wait.noWait {
            try print(begun: flow, as: format, view) { "flow \(flow): volume \"\(volume.label)\" will be \(word)" }
        } else if quiet {
            try Console.result(volume.id.description)
        } else if format == .json {
            try Console.result(json: view)
        } else if flow != nil {
            try Console.result("\(volume.label)  \(volume.size)  pool \(volume.pool ?? "-")  \(word)")
        }
    }
}
