internal import ArgumentParser
internal import PoolConfiguration
internal import SQL
internal import VolumeAPI

struct TypeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "type",
        abstract: "Kinds of volumes, and what they demand of pools.",
        subcommands: [
            CreateType.self, ListTypes.self, ShowType.self, ChangeType.self, UnsetType.self, GrantType.self,
            RevokeType.self, RemoveType.self,
        ]
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

    @OptionGroup var encryption: EncryptionOptions

    func change(to subject: String, isPrivate: Bool?) throws -> VolumeTypeChange {
        VolumeTypeChange(
            description: description,
            extraSpecs: try specs.merged(to: subject, as: "spec"),
            isPrivate: isPrivate,
            encryption: encryption.change
        )
    }
}

struct CreateType: ChangingCommand {
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

            The configuration's default-type names the type of volumes for which none is
            named.

            What is said about encryption is stored and shown for those who use the volumes;
            nothing here encrypts. It can't be changed while volumes have the type.
            """
    )

    @Argument(help: "The name, unique among all types.")
    var name: String

    @Flag(
        name: .customLong("private"),
        help: "Hide it from all projects but this one and those that 'type grant' names."
    )
    var isPrivate = false

    @OptionGroup var specs: SpecOptions
    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "create volume type \"\(name)\"" }

    func check() throws { _ = try change() }

    private func change() throws -> VolumeTypeChange {
        try specs.change(to: "create a volume type", isPrivate: isPrivate ? true : nil)
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let change = try change()
        try output.print(try await service.createType(name, change), as: settings.output, "created")
    }
}

struct ListTypes: ListCommand {
    typealias Record = VolumeType

    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List the volume types that the project may use.",
        aliases: ["list"]
    )

    @Flag(help: "List the types of all projects.")
    var all = false

    @OptionGroup var list: ListOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        try await print(
            try await service.types(all: all),
            by: service,
            settings,
            id: \.name,
            view: { TypeView($0, default: settings.defaultType) }
        )
    }
}

struct ShowType: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a volume type.")

    @Argument(help: "The complete name.", completion: .types)
    var name: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let type = try await service.type(named: name)
        if output.quiet { return try Console.result(type.name) }
        if settings.output == .json {
            return try Console.result(json: TypeView(type, default: settings.defaultType))
        }
        var rows = [["name", type.name], ["created", type.createdAt.timestamp]]
        if !type.description.isEmpty { rows.append(["description", type.description]) }
        if let projects = type.projects { rows.append(["private", projects.joined(separator: ", ")]) }
        if type.name == settings.defaultType { rows.append(["default", "of volumes for which no type is named"]) }
        for (key, value) in type.extraSpecs.sorted(by: { $0.key < $1.key }) {
            rows.append(["spec", "\(key)=\(value)"])
        }
        if let encryption = type.encryption { rows.append(["encryption", encryption.words]) }
        try Console.result(Table.details(rows, as: settings.output))
    }
}

struct ChangeType: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change a volume type; volumes that exist stay where they are."
    )

    @Argument(help: "The complete name.", completion: .types)
    var name: String

    @Flag(help: "Whether only this project and those that 'type grant' names may use it.")
    var access: TypeAccess?

    var isPrivate: Bool? { access.map { $0 == .private } }

    @OptionGroup var specs: SpecOptions
    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "change volume type \"\(name)\"" }

    func check() throws {
        guard try change() == VolumeTypeChange() else { return }
        throw VolumeError.usage("nothing is given that could be changed", "type set --help")
    }

    private func change() throws -> VolumeTypeChange {
        try specs.change(to: "change a volume type", isPrivate: isPrivate)
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        try output.print(try await service.changeType(name, try change()), as: settings.output, "changed")
    }
}

struct UnsetType: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "unset",
        abstract: "Take extra specs or the encryption away from a volume type."
    )

    @Argument(help: "The complete name.", completion: .types)
    var name: String

    @Option(
        name: .customLong("spec"),
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("The key of an extra spec; may be repeated.", valueName: "key")
    )
    var keys: [String] = []

    @Flag(help: "Take the encryption away.")
    var encryption = false

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String {
        let words = keys + (encryption ? ["the encryption"] : [])
        return "take \(words.joined(separator: ", ")) away from volume type \"\(name)\""
    }

    func check() throws {
        guard keys.isEmpty, !encryption else { return }
        throw VolumeError.usage("no extra spec is given to take away, nor --encryption", "type unset --help")
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let change = VolumeTypeChange(removedSpecs: Set(keys), removesEncryption: encryption)
        try output.print(try await service.changeType(name, change), as: settings.output, "changed")
    }
}

/// The flags of ``ChangeType``.
enum TypeAccess: String, EnumerableFlag {
    case `private`
    case `public`
}

struct GrantType: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant",
        abstract: "Let a project use a private volume type."
    )

    @Argument(help: "The complete name.", completion: .types)
    var name: String
    @Argument(help: "The project.", completion: .projects)
    var project: String
    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "let project \"\(project)\" use volume type \"\(name)\"" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let type = try await service.setAccess(of: project, toType: name, true)
        try output.print(type, as: settings.output, "granted to \(project)")
    }
}

struct RevokeType: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Let a project no longer use a private volume type; its volumes stay."
    )

    @Argument(help: "The complete name.", completion: .types)
    var name: String
    @Argument(help: "The project.", completion: .projects)
    var project: String
    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "let project \"\(project)\" no longer use volume type \"\(name)\"" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let type = try await service.setAccess(of: project, toType: name, false)
        try output.print(type, as: settings.output, "revoked from \(project)")
    }
}

struct RemoveType: ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove volume types that no volume has.",
        aliases: ["delete"]
    )

    @Argument(help: "The complete name.", completion: .types)
    var name: String

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "remove volume type \"\(name)\"" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        try output.print(try await service.removeType(name), as: settings.output, "removed")
    }
}

/// A volume type as JSON.
struct TypeView: Encodable {
    let schema = "volumectl.type/v1"
    let name: String
    let description: String
    let extraSpecs: [String: String]
    let isPrivate: Bool
    let projects: [String]
    let isDefault: Bool
    @Nullable var encryption: EncryptionView?
    let createdAt: String

    /// - Parameter default: the configured type of volumes for which none is named.
    init(_ type: VolumeType, default: String? = nil) {
        (name, description, extraSpecs) = (type.name, type.description, type.extraSpecs)
        (isPrivate, projects) = (type.projects != nil, type.projects ?? [])
        isDefault = type.name == `default`
        _encryption = Nullable(wrappedValue: type.encryption.map(EncryptionView.init))
        createdAt = type.createdAt.timestamp
    }
}

extension OutputOptions {
    fileprivate func print(_ type: VolumeType, as format: OutputFormat, _ what: String) throws {
        if quiet {
            try Console.result(type.name)
        } else if format == .json {
            try Console.result(json: TypeView(type))
        } else {
            try Console.result("\(type.name)  \(FieldValue.words(type.extraSpecs).words)  \(what)")
        }
    }
}

extension VolumeError {
    fileprivate static func usage(_ problem: String, _ help: String) -> VolumeError {
        VolumeError(.invalidInput, "cannot change a volume type: \(problem)", remedies: [.command(help)])
    }
}
