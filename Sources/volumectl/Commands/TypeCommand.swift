internal import ArgumentParser
internal import SQL
internal import VolumeAPI

struct TypeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "type",
        abstract: "Kinds of volumes, and what they demand of pools.",
        subcommands: [CreateType.self, ListTypes.self, ShowType.self, ChangeType.self, UnsetType.self, RemoveType.self]
    )
}

/// The options for the extra specs of a type.
struct SpecOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "A text for people.")
    var description: String?

    @Option(
        name: .customLong("spec"),
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A requirement, such as media=ssd or 'iops=>= 5000'; may be repeated.",
            valueName: "key=value"
        )
    )
    var specs: [LabelArgument] = []

    func change(to subject: String) throws -> VolumeTypeChange {
        VolumeTypeChange(description: description, extraSpecs: try specs.merged(to: subject))
    }
}

struct CreateType: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a volume type.",
        discussion: """
            A volume of the type goes to a pool whose capabilities meet all extra specs:
            media=ssd is a text, '= 5' at least 5, '== 5', '!= 5', '>= 5', '<= 5' a
            number, 's== x', 's!= x', 's< x' a text, '<in> x' a part of a text,
            '<is> true' a truth, '<or> a <or> b' one of several.

            provisioning:min_vol_size and provisioning:max_vol_size are sizes in GiB,
            provisioning:type is thin or thick.
            """
    )

    @Argument(help: "The name, unique among all types.")
    var name: String

    @OptionGroup var specs: SpecOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func check() throws { _ = try specs.change(to: "create a volume type") }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let change = try specs.change(to: "create a volume type")
        try output.print(try await service.createType(name, change), as: settings.output, "created")
    }
}

struct ListTypes: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List volume types.",
        aliases: ["list"]
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let types = try await service.types()
        try await output.print(
            types.map(TypeView.init),
            as: settings.output,
            ids: types.map(\.name),
            none: "no volume types",
            columns: [
                .init(title: "NAME"), .init(title: "SPECS", fit: .wrapped),
                .init(title: "DESCRIPTION", fit: .shortened),
            ],
            row: { [types[$0].name, types[$0].specText, types[$0].description] }
        )
    }
}

struct ShowType: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a volume type.")

    @Argument(help: "A name, whole.")
    var name: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let type = try await service.type(named: name)
        if output.quiet { return try Console.result(type.name) }
        if settings.output == .json { return try Console.result(json: TypeView(type)) }
        var rows = [["name", type.name], ["created", type.createdAt.timestamp]]
        if !type.description.isEmpty { rows.append(["description", type.description]) }
        for (key, value) in type.extraSpecs.sorted(by: { $0.key < $1.key }) {
            rows.append(["spec", "\(key)=\(value)"])
        }
        try Console.result(Table.details(rows, as: settings.output))
    }
}

struct ChangeType: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change a volume type; volumes that exist stay where they are."
    )

    @Argument(help: "A name, whole.")
    var name: String

    @OptionGroup var specs: SpecOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func check() throws {
        guard try specs.change(to: "change a volume type") == VolumeTypeChange() else { return }
        throw VolumeError.usage("nothing is given that could be changed", "type set --help")
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let change = try specs.change(to: "change a volume type")
        try output.print(try await service.changeType(name, change), as: settings.output, "changed")
    }
}

struct UnsetType: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "unset",
        abstract: "Take extra specs away from a volume type."
    )

    @Argument(help: "A name, whole.")
    var name: String

    @Option(
        name: .customLong("spec"),
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("The key of an extra spec; may be repeated.", valueName: "key")
    )
    var keys: [String] = []

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func check() throws {
        if keys.isEmpty { throw VolumeError.usage("no extra spec is given to take away", "type unset --help") }
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let change = VolumeTypeChange(removedSpecs: Set(keys))
        try output.print(try await service.changeType(name, change), as: settings.output, "changed")
    }
}

struct RemoveType: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove volume types that no volume has.",
        aliases: ["delete"]
    )

    @Argument(help: "A name, whole.")
    var name: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let type = try await service.type(named: name)
        try await service.removeType(name)
        try output.print(type, as: settings.output, "removed")
    }
}

/// A volume type as JSON.
struct TypeView: Encodable {
    let schema = "volumectl.type/v1"
    let name: String
    let description: String
    let extraSpecs: [String: String]
    let createdAt: String

    init(_ type: VolumeType) {
        (name, description, extraSpecs) = (type.name, type.description, type.extraSpecs)
        createdAt = type.createdAt.timestamp
    }
}

extension VolumeType {
    /// The extra specs on one line.
    fileprivate var specText: String {
        extraSpecs.isEmpty
            ? "-" : extraSpecs.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
    }
}

extension OutputOptions {
    fileprivate func print(_ type: VolumeType, as format: OutputFormat, _ what: String) throws {
        if quiet {
            try Console.result(type.name)
        } else if format == .json {
            try Console.result(json: TypeView(type))
        } else {
            try Console.result("\(type.name)  \(type.specText)  \(what)")
        }
    }
}

extension VolumeError {
    fileprivate static func usage(_ problem: String, _ help: String) -> VolumeError {
        VolumeError(.invalidInput, "cannot change a volume type: \(problem)", remedies: [.command(help)])
    }
}
