internal import ArgumentParser
internal import Foundation
internal import Identity
internal import VolumeAPI
internal import VolumeDriver

struct Resize: WaitingCommand, ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "resize",
        abstract: "Make a volume larger.",
        usage: "volumectl resize NAME SIZE\nvolumectl resize NAME +SIZE",
        discussion: """
            A volume that is in use can be resized too: its device shows the new size at
            once, a file system on it has to be grown with its own tool. No volume can be
            made smaller.
            """
    )

    @Argument(help: "A complete name or id.", completion: .volumes)
    var volume: String

    @Argument(help: "How large: 10 and 10G are GiB, 512M, 1.5T, 10GB (decimal); or how much more: +5G.")
    var size: String

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "resize volume \"\(volume)\" \(size.hasPrefix("+") ? "by \(size.dropFirst())" : "to \(size)")" }

    func check() throws { _ = try wantedSize() }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let start = Date()
        let size = try wantedSize()
        let resized = try await carryOut(.waits("an extension"), by: service, settings) { [volume] service, control in
            try await service.resize(volume, to: size, control: control)
        }
        let (found, location) = (resized.volume, await service.location(of: resized.volume))
        if found.status == .extending {
            return try output.print(begun: found.flow, as: settings.output, VolumeView(found, location: location)) {
                "flow \(found.flow): extending volume \"\(found.label)\" to \(found.size)"
            }
        }
        if resized.oldSize == found.size {
            Console.note("note: volume \"\(found.label)\" has this size already")
        } else if case .exactly(let asked) = size, asked != found.size {
            Console.note("note: rounded up from \(asked.bytes) to \(found.size.bytes) bytes, what the pool can do")
        }
        if output.quiet {
            try Console.result(found.id.description)
        } else if settings.output == .json {
            try Console.result(json: VolumeView(found, location: location))
        } else {
            try Console.result(
                "\(found.label)  \(found.exactSize)  pool \(found.pool ?? "-")  \(found.status.rawValue)"
                    + (resized.oldSize == found.size ? "" : "  (\(Date().timeIntervalSince(start).duration))")
            )
        }
    }

    private func wantedSize() throws -> SizeExpression {
        let problem: String
        do throws(SizeError) {
            switch try SizeExpression(parsing: size) {
            case .allFree, .freePercent: problem = "only a new volume can get a share of the free space"
            case let size: return size
            }
        } catch {
            problem = error.problem
        }
        throw VolumeError(
            .invalidInput,
            "cannot resize a volume: \(problem)",
            cause: "a size is written as 20, 20G, 1.5T, 512M or 20GB (decimal); +5G grows it by 5 GiB",
            remedies: [.command("resize --help")]
        )
    }
}
