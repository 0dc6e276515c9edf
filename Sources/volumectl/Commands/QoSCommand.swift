public import ArgumentParser
internal import SQL
public import VolumeAPI

struct QoSCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qos",
        abstract: "Limits on throughput, which volume types refer to.",
        discussion: "The limits are stored and shown; no driver enforces them yet.",
        subcommands: [
            CreateQoS.self, ListQoS.self, ShowQoS.self, ChangeQoS.self, UnsetQoS.self, AssociateQoS.self,
            DisassociateQoS.self, RemoveQoS.self,
        ]
    )
}

extension QoSSpecs.Consumer: ExpressibleByArgument {}

/// The options for the content of QoS specs.
struct LimitOptions: ParsableArguments {
    @Option(help: "Who enforces the limits.")
    var consumer: QoSSpecs.Consumer?

    @Option(
        name: .customLong("spec"),
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A limit, such as total_iops_sec=500; may be repeated.", valueName: "key=value")
    )
    var specs: [LabelArgument] = []

    func change(to subject: String) throws -> QoSChange {
        QoSChange(consumer: consumer, specs: try specs.merged(to: subject, as: "spec"))
    }
}

struct CreateQoS: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create QoS specs."
    )

    @Argument(help: "The name, unique among all QoS specs.")
    var name: String

    @OptionGroup var limits: LimitOptions
    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "create QoS specs \"\(name)\"" }

    func check() throws { _ = try change() }

    private func change() throws -> QoSChange { try limits.change(to: "create QoS specs") }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        try output.print(try await service.createQoSSpecs(name, try change()), as: settings.output, "created")
    }
}

struct ListQoS: ListCommand {
    typealias Record = QoSSpecs

    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List QoS specs.",
        aliases: ["list"]
    )

    @OptionGroup var list: ListOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        try await print(try await service.qosSpecs(), by: service, settings, id: \.name, view: QoSView.init)
    }
}

struct ShowQoS: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show QoS specs."
    )

    @Argument(help: "The complete name.", completion: .qosSpecs)
    var name: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let qos = try await service.qosSpecs(named: name)
        if output.quiet { return try Console.result(qos.name) }
        if settings.output == .json { return try Console.result(json: QoSView(qos)) }
        let rows =
            [["name", qos.name], ["consumer", qos.consumer.rawValue]]
            + qos.specs.sorted { $0.key < $1.key }.map { ["spec", "\($0.key)=\($0.value)"] }
            + qos.types.map { ["type", $0] }
        try Console.result(Table.details(rows, as: settings.output))
    }
}

struct ChangeQoS: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change QoS specs."
    )

    @Argument(help: "The complete name.", completion: .qosSpecs)
    var name: String

    @OptionGroup var limits: LimitOptions
    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "change QoS specs \"\(name)\"" }

    func check() throws {
        guard try change() == QoSChange() else { return }
        throw VolumeError.nothingToChange("qos set --help")
    }

    private func change() throws -> QoSChange { try limits.change(to: "change QoS specs") }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        try output.print(try await service.changeQoSSpecs(name, try change()), as: settings.output, "changed")
    }
}

struct UnsetQoS: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "unset",
        abstract: "Remove limits from QoS specs."
    )

    @Argument(help: "The complete name.", completion: .qosSpecs)
    var name: String

    @Option(
        name: .customLong("spec"),
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("The key of a limit; may be repeated.", valueName: "key")
    )
    var keys: [String] = []

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "take \(keys.joined(separator: ", ")) away from QoS specs \"\(name)\"" }

    func check() throws {
        if keys.isEmpty { throw VolumeError.nothingToChange("qos unset --help") }
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let change = QoSChange(removedSpecs: Set(keys))
        try output.print(try await service.changeQoSSpecs(name, change), as: settings.output, "changed")
    }
}

struct AssociateQoS: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "associate",
        abstract: "Have a volume type refer to QoS specs, in place of others."
    )

    @Argument(help: "The complete name.", completion: .qosSpecs)
    var name: String

    @Argument(help: "The volume type.", completion: .types)
    var type: String

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "have volume type \"\(type)\" refer to QoS specs \"\(name)\"" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let qos = try await service.associateQoSSpecs(name, withType: type)
        try output.print(qos, as: settings.output, "associated with \(type)")
    }
}

struct DisassociateQoS: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "disassociate",
        abstract: "Have a volume type no longer refer to QoS specs."
    )

    @Argument(help: "The complete name.", completion: .qosSpecs)
    var name: String

    @Argument(help: "The volume type.", completion: .types)
    var type: String?

    @Flag(help: "All volume types.")
    var all = false

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String {
        "have \(type.map { "volume type \"\($0)\"" } ?? "all volume types") no longer refer to QoS specs \"\(name)\""
    }

    func check() throws {
        guard (type == nil) != all else { return }
        throw VolumeError(
            .invalidInput,
            "cannot disassociate QoS specs: a volume type is named or --all is given, and not both",
            remedies: [.command("qos disassociate --help")]
        )
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let qos = try await service.disassociateQoSSpecs(name, fromType: type)
        try output.print(qos, as: settings.output, "disassociated from \(type ?? "all types")")
    }
}

struct RemoveQoS: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove QoS specs.",
        aliases: ["delete"]
    )

    @Argument(help: "The complete name.", completion: .qosSpecs)
    var name: String

    @Flag(help: "Also if volume types refer to them.")
    var force = false

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "remove QoS specs \"\(name)\"" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let qos = try await service.removeQoSSpecs(name, force: force)
        try output.print(qos, as: settings.output, "removed")
    }
}

/// QoS specs as JSON.
private struct QoSView: Encodable {
    let schema = "volumectl.qos/v1"
    let name: String
    let consumer: String
    let specs: [String: String]
    let types: [String]

    init(_ qos: QoSSpecs) {
        (name, consumer, specs, types) = (qos.name, qos.consumer.rawValue, qos.specs, qos.types)
    }
}

extension OutputOptions {
    fileprivate func print(_ qos: QoSSpecs, as format: OutputFormat, _ what: String) throws {
        if quiet {
            try Console.result(qos.name)
        } else if format == .json {
            try Console.result(json: QoSView(qos))
        } else {
            try Console.result("\(qos.name)  \(FieldValue.words(qos.specs).words)  \(what)")
        }
    }
}

extension VolumeError {
    fileprivate static func nothingToChange(_ help: String) -> VolumeError {
        VolumeError(
            .invalidInput,
            "cannot change QoS specs: nothing is given that could be changed",
            remedies: [.command(help)]
        )
    }
}
