internal import ArgumentParser
internal import Identity
internal import VolumeAPI

/// The option of every command that changes something.
struct DryRunOptions: ParsableArguments {
    @Flag(help: "Make all checks, say what would be done, and change nothing.")
    var dryRun = false
}

/// A command that changes something, and can find out what it would change.
protocol ChangingCommand: ServiceCommand {
    var rehearsal: DryRunOptions { get }
    /// The change that the command makes, as the words after "would".
    var deed: String { get }
    /// Makes all checks without changing anything, and prints what would be done.
    func rehearse(_ service: any VolumeClient, _ settings: Settings) async throws
}

/// Whether the command only finds out what it would change: it then asks no question, and prints none of its results.
enum DryRun {
    @TaskLocal static var isOn = false
}

extension ChangingCommand {
    func rehearse(_ service: any VolumeClient, _ settings: Settings) async throws {
        try output.print(try await rehearsed(service, settings), of: deed, as: settings.output)
    }

    /// Makes all checks without changing or printing anything.
    func rehearsed(_ service: any VolumeClient, _ settings: Settings) async throws -> Rehearsal {
        try await DryRun.$isOn.withValue(true) {
            try await service.rehearse { try await run(service, settings) }
        }
    }
}

extension OutputOptions {
    /// Prints what a command would do; nothing if only ids are wanted.
    func print(_ rehearsal: Rehearsal, of deed: String, as format: OutputFormat) throws {
        guard !quiet else { return }
        if format == .json { return try Console.result(json: RehearsalView(rehearsal, of: deed)) }
        try Console.result(rehearsal.words(of: deed))
        Console.note("note: nothing was changed")
    }
}

extension Rehearsal {
    /// The change that would be made, as a sentence about `deed`.
    func words(of deed: String) -> String {
        switch self {
        case .nothing: "nothing to do"
        case .waits(let flow): "would wait for flow \(flow), and then \(deed)"
        case .starts, .resumes, .changes: "would \(deed)"
        }
    }
}

/// The result of a dry run, as JSON.
struct RehearsalView: Encodable {
    let schema = "volumectl.dry-run/v1"
    let dryRun = true
    /// The change that would be made; `null` if there is nothing to do.
    @Nullable var would: String?
    /// The operation of the flow that would be started; left out if none would be.
    var operation: String?
    /// The flow that would be carried on, or waited for first; left out if there is none.
    var flow: String?

    init(_ rehearsal: Rehearsal, of deed: String) {
        _would = Nullable(wrappedValue: rehearsal == .nothing ? nil : deed)
        switch rehearsal {
        case .starts(let operation): self.operation = operation
        case .resumes(let flow), .waits(let flow): self.flow = flow.description
        case .changes, .nothing: break
        }
    }
}
