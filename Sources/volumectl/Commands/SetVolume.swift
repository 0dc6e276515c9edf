internal import ArgumentParser
internal import Identity
internal import VolumeAPI

struct SetVolume: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change a volume's name, description, labels or protection."
    )

    @Argument(help: "A complete name or id.", completion: .volumes)
    var volume: String

    @Option(parsing: .unconditional, help: "The new name.")
    var name: String?

    @Option(parsing: .unconditional, help: "A text for people that says what it is for; '' for none.")
    var description: String?

    @Option(
        name: .customLong("label"),
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A label to give it; may be repeated.", valueName: "key=value")
    )
    var labels: [LabelArgument] = []

    @Option(
        name: .customLong("no-label"),
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A label to take away; may be repeated.", valueName: "key")
    )
    var removedLabels: [String] = []

    @Flag(help: "Refuse to remove it.")
    var protected = false

    @Flag(help: "Let it be removed again.")
    var unprotected = false

    @Flag(help: "Attach it only in a way that lets nobody write to it.")
    var readOnly = false

    @Flag(help: "Let it be written to again.")
    var readWrite = false

    @Flag(inversion: .prefixedNo, help: "Whether a machine can be started from it.")
    var bootable: Bool?

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "change volume \"\(volume)\"" }

    func check() throws { _ = try change() }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let changed = try await service.change(volume, try change())
        if output.quiet {
            try Console.result(changed.id.description)
        } else if settings.output == .json {
            try Console.result(json: VolumeView(changed, location: await service.location(of: changed)))
        } else {
            try Console.result("\(changed.label)  \(changed.size)  pool \(changed.pool ?? "-")  changed")
        }
    }

    private func change() throws -> VolumeChange {
        let labels = try labels.merged(to: "change a volume")
        if let key = removedLabels.first(where: { labels[$0] != nil }) {
            throw VolumeError.usage("label '\(key)' is given and taken away")
        }
        guard !protected || !unprotected else {
            throw VolumeError.usage("--protected and --unprotected exclude each other")
        }
        guard !readOnly || !readWrite else {
            throw VolumeError.usage("--read-only and --read-write exclude each other")
        }
        let change: VolumeChange
        do {
            change = VolumeChange(
                name: try name.map(VolumeName.init(validating:)),
                description: description,
                labels: labels,
                removedLabels: Set(removedLabels),
                isProtected: protected ? true : unprotected ? false : nil,
                isBootable: bootable,
                isReadOnly: readOnly ? true : readWrite ? false : nil
            )
        } catch {
            throw VolumeError.usage("\(error)")
        }
        guard change != VolumeChange() else { throw VolumeError.usage("nothing is given that could be changed") }
        return change
    }
}

/// A label as it is typed: `env=prod`.
struct LabelArgument: ExpressibleByArgument {
    let key: String
    let value: String

    init?(argument: String) {
        guard let sign = argument.firstIndex(of: "="), sign != argument.startIndex else { return nil }
        key = String(argument[..<sign])
        value = String(argument[argument.index(after: sign)...])
    }
}

extension [LabelArgument] {
    /// The labels by their keys.
    ///
    /// - Parameters:
    ///   - subject: what is requested, after "cannot".
    ///   - noun: what each of them is.
    /// - Throws: `invalidInput` when a key has two values.
    func merged(to subject: String, as noun: String = "label") throws(VolumeError) -> [String: String] {
        var labels: [String: String] = [:]
        for label in self {
            guard labels[label.key] == nil || labels[label.key] == label.value else {
                throw VolumeError(
                    .invalidInput,
                    "cannot \(subject): \(noun) '\(label.key)' is given twice",
                    remedies: [.advice("give each \(noun) one value")]
                )
            }
            labels[label.key] = label.value
        }
        return labels
    }
}

extension VolumeError {
    fileprivate static func usage(_ problem: String) -> VolumeError {
        VolumeError(.invalidInput, "cannot change a volume: \(problem)", remedies: [.command("set --help")])
    }
}
