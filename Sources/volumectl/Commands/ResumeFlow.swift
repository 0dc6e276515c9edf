internal import ArgumentParser
internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeAPI

struct ResumeFlow: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Finish or revert interrupted flows in this process.",
        discussion: "Other commands leave this to a separate process."
    )

    @Argument(help: "The complete id of a flow, to run when no other process does; by default all.", completion: .flows)
    var flow: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Hand over to another process after this time, such as 30s.", valueName: "time")
    )
    var timeout: TimeSpan?

    @Flag(help: .hidden)
    var relayed = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var recoversFirst: Bool { false }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        // The process that started this one may have stopped reading.
        signal(SIGPIPE) { _ in }
        let id: FlowID? = if let flow { try await service.flowID(flow) } else { nil }
        try await Signals.hearing {
            let alarm = Task {
                guard let timeout else { return }
                try await Task.sleep(until: timeout.deadline, clock: .continuous)
                handOver(id, settings.output)
            }
            let watch = Task { leave(id, by: try await Signals.next()) }
            defer {
                alarm.cancel()
                watch.cancel()
            }
            if let id {
                try await service.resume(id)
            } else {
                try await RecoveryReport.recover(service, settings, isRelayed: relayed)
            }
        }
    }

    /// Ends the program after starting another process that continues.
    private func handOver(_ id: FlowID?, _ format: OutputFormat) -> Never {
        let words = ["flow", "resume"] + (id.map { [$0.description] } ?? [])
        do throws(VolumeError) {
            _ = try Worker.start(options.arguments(words))
        } catch {
            Console.report(error, as: format)
            Self.exit(withError: ExitCode(error.code.exitStatus))
        }
        let error = VolumeError(
            .timedOut,
            "the interrupted flows have not finished within the given time",
            aftermath: "another process continues",
            remedies: [id.map(Remedy.waitForFlow) ?? .listFlows],
            flow: id
        )
        Console.report(error, as: format)
        Self.exit(withError: ExitCode(error.code.exitStatus))
    }

    /// Ends the program without starting another process, because a person or supervisor who ends it wants it to stop.
    private func leave(_ id: FlowID?, by signal: Int32) -> Never {
        let command = (["volumectl flow resume"] + (id.map { [$0.description] } ?? [])).joined(separator: " ")
        Console.note("interrupted: the next volumectl command continues unfinished flows, or: \(command)")
        Self.exit(withError: ExitCode(128 + signal))
    }
}
