internal import ArgumentParser
internal import Foundation
internal import Identity
internal import PoolConfiguration
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

struct Create: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a volume.",
        usage: "volumectl create NAME SIZE [--pool POOL]\nvolumectl create --size SIZE [--name NAME] [--pool POOL]"
    )

    @Argument(help: ArgumentHelp("The volume's name. Without one, its id identifies it.", valueName: "name"))
    var nameArgument: String?

    @Argument(
        help: ArgumentHelp(
            "The size: 10 and 10G are GiB, 512M, 1.5T, 10GB (decimal), 4096b, 8s, max, 50%free.",
            valueName: "size"
        )
    )
    var sizeArgument: String?

    @Option(name: [.long, .customShort("s")], parsing: .unconditional, help: "The same as SIZE.")
    var size: String?

    @Option(parsing: .unconditional, help: "The same as NAME.")
    var name: String?

    @Option(help: "The pool; by default the one with the most free capacity.")
    var pool: String?

    @Option(help: "Its volume type, which says what its pool must be able to do.")
    var type: String?

    @Option(parsing: .unconditional, help: "What it is for.")
    var description: String?

    @Option(
        name: .customLong("label"),
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A label to find it by; may be repeated.", valueName: "key=value")
    )
    var labels: [LabelArgument] = []

    @Flag(help: "Refuse to remove it until 'volumectl set --unprotected'.")
    var protected = false

    @Flag(help: "Note that a machine can be started from it.")
    var bootable = false

    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var timeout: TimeSpan? { wait.timeout }

    func check() throws { _ = try request(defaultPool: nil) }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let start = Date()
        let request = try request(defaultPool: settings.pool)
        let interruption = Interruption(.reverts, startWorker: options.startWorker)
        let control = wait.control
        let created = try await explaining(request.pool, settings) {
            try await interruption.guarding(reporting: settings.output) {
                try await service.telling(interruption.tell).create(request, control: control)
            }
        }
        if case .exactly(let asked) = request.size, asked != created.volume.size {
            Console.note(
                "note: rounded up from \(asked.bytes) to \(created.volume.size.bytes) bytes, in whole allocation units"
            )
        }
        try print(created, as: settings.output, after: Date().timeIntervalSince(start))
    }

    /// Builds the request from the arguments.
    private func request(defaultPool: String?) throws -> VolumeRequest {
        let (name, text) = try words()
        do {
            let size = try SizeExpression(parsing: text)
            if case .growing = size {
                throw VolumeError.usage(
                    "'\(text)' is an amount to grow by, not a size",
                    remedy: Self.example(name: name, size: text.dropFirst())
                )
            }
            var request = VolumeRequest(name: try name.map(VolumeName.init(validating:)), size: size, pool: pool)
            request.defaultPool = defaultPool
            request.type = type
            request.attributes = VolumeAttributes(
                description: description ?? "",
                labels: try labels.merged(to: "create a volume"),
                isProtected: protected,
                isBootable: bootable
            )
            return request
        } catch let error as VolumeError {
            throw error
        } catch {
            throw VolumeError.usage("\(error)", remedy: Self.example(name: name, size: "10G"))
        }
    }

    /// The same command with a valid size; `nil` if the name is invalid.
    private static func example(name: String?, size: some StringProtocol) -> Remedy? {
        guard let name else { return .command("create --size \(size)") }
        return (try? VolumeName(validating: name)).map { .command("create \($0) \(size)") }
    }

    private func words() throws -> (name: String?, size: String) {
        if let argument = nameArgument, let name, argument != name {
            throw VolumeError.usage("two names are given, '\(argument)' and '\(name)'")
        }
        if let argument = sizeArgument, let size, argument != size {
            throw VolumeError.usage("two sizes are given, '\(argument)' and '\(size)'")
        }
        if let size = size ?? sizeArgument { return (name ?? nameArgument, size) }
        guard let argument = nameArgument, name == nil, (try? SizeExpression(parsing: argument)) != nil else {
            throw VolumeError.usage("no size is given", remedy: Self.example(name: name ?? nameArgument, size: "10G"))
        }
        throw VolumeError.usage(
            "'\(argument)' alone is a name, not a size",
            remedy: .command("create --size \(argument)")
        )
    }

    private func tellOfExisting(_ volume: Volume) {
        Console.note("note: volume \"\(volume.label)\" already exists with this specification")
        let attributes = volume.attributes
        let isAsAsked =
            (description ?? attributes.description) == attributes.description
            && labels.allSatisfy { attributes.labels[$0.key] == $0.value }
            && (!protected || attributes.isProtected) && (!bootable || attributes.isBootable)
        if !isAsAsked {
            Console.note("note: what is said about it stays as it was; it is changed by: volumectl set \(volume.label)")
        }
    }

    private func print(_ created: CreatedVolume, as format: OutputFormat, after duration: TimeInterval) throws {
        let volume = created.volume
        if volume.status == .creating {
            return try output.print(begun: volume.flow, as: format, VolumeView(volume, location: created.location)) {
                "flow \(volume.flow): creating volume \"\(volume.label)\", \(volume.size), pool \(volume.pool ?? "-")"
            }
        }
        if !created.isNew { tellOfExisting(volume) }
        if output.quiet {
            try Console.result(volume.id.description)
        } else if format == .json {
            try Console.result(json: VolumeView(volume, location: created.location))
        } else {
            try Console.result(
                "\(volume.label)  \(volume.exactSize)  pool \(volume.pool ?? "-")  \(volume.status.rawValue)"
                    + (created.isNew ? "  (\(duration.duration))" : "")
            )
        }
    }
}

extension VolumeError {
    fileprivate static func usage(_ problem: String, remedy: Remedy? = nil) -> VolumeError {
        VolumeError(
            .invalidInput,
            "cannot create a volume: \(problem)",
            remedies: (remedy.map { [$0] } ?? []) + [.command("create --help")]
        )
    }
}
