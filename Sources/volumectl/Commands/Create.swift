internal import ArgumentParser
internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeDriver
internal import Volumes

struct Create: ServiceCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a volume.",
        usage: "volumectl create [NAME] SIZE\n       volumectl create --size SIZE [--name NAME] [--pool POOL]"
    )

    @Argument(help: ArgumentHelp("What to call it. Without a name it is known by its id.", valueName: "name"))
    var nameArgument: String?

    @Argument(
        help: ArgumentHelp(
            "How large: 10 and 10G are GiB, 512M, 1.5T, 10GB (decimal), 4096b, 8s, max, 50%free.",
            valueName: "size"
        )
    )
    var sizeArgument: String?

    @Option(name: [.long, .customShort("s")], parsing: .unconditional, help: "How large, as SIZE.")
    var size: String?

    @Option(parsing: .unconditional, help: "What to call it, as NAME.")
    var name: String?

    @Option(help: "The pool that shall hold it; otherwise the one with the most room.")
    var pool: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func check() throws { _ = try request(defaultPool: nil) }

    func run(_ service: VolumeService, _ settings: Settings) async throws {
        let start = Date()
        let created = try await service.create(try request(defaultPool: settings.pool))
        try print(created, after: Date().timeIntervalSince(start))
    }

    /// The request that the words make.
    private func request(defaultPool: String?) throws -> VolumeRequest {
        let (name, size) = try words()
        do {
            return VolumeRequest(
                name: try name.map(VolumeName.init(validating:)),
                size: try SizeExpression(parsing: size),
                pool: pool ?? defaultPool
            )
        } catch {
            throw VolumeError(
                .invalidInput,
                "cannot create a volume: \(error)",
                remedies: ["volumectl create --size 10", "volumectl create pg-data 512M"]
            )
        }
    }

    private func words() throws -> (name: String?, size: String) {
        if let argument = nameArgument, let name, argument != name {
            throw VolumeError.usage("two names are given, '\(argument)' and '\(name)'")
        }
        if let argument = sizeArgument, let size, argument != size {
            throw VolumeError.usage("two sizes are given, '\(argument)' and '\(size)'")
        }
        guard let size = size ?? sizeArgument else { throw VolumeError.usage("no size is given") }
        return (name ?? nameArgument, size)
    }

    private func print(_ created: CreatedVolume, after duration: TimeInterval) throws {
        let volume = created.volume
        if !created.isNew { Console.note("note: volume \"\(volume.label)\" already exists with this specification") }
        if output.quiet {
            Console.result(volume.id.description)
        } else if output.format == .json {
            Console.result(try JSONOutput.text(VolumeView(volume, location: created.location)))
        } else {
            let took =
                created.isNew ? "\(duration.duration), flow \(volume.flow.shortened)" : "flow \(volume.flow.shortened)"
            Console.result(
                "\(volume.label)  \(volume.exactSize)  pool \(volume.pool ?? "-")  \(volume.status.rawValue)  "
                    + "\(created.location)  (\(took))"
            )
        }
    }
}

extension VolumeError {
    fileprivate static func usage(_ problem: String) -> VolumeError {
        VolumeError(
            .invalidInput,
            "cannot create a volume: \(problem)",
            remedies: ["volumectl create --size 10", "volumectl create pg-data 512M", "volumectl create --help"]
        )
    }
}
