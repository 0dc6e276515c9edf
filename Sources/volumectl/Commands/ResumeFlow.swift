internal import ArgumentParser
internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeAPI

struct ResumeFlow: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Finish or undo what was interrupted, here and now.",
        discussion: "Every other command leaves it to a process of its own."
    )

    @Argument(help: "The whole id of a flow, which is taken up when nobody else carries it on; all, if left out.")
    var flow: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Stay no longer than this, such as 30s; another process then goes on.", valueName: "time")
    )
    var timeout: TimeSpan?

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var recoversFirst: Bool { false }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        // Whoever started this may listen no more.
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
                try await RecoveryReport.recover(service, settings)
            }
        }
    }

    /// Ends the program. Another process goes on.
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
            "what was interrupted has not been finished or undone in the given time",
            aftermath: "another process goes on with it",
            remedies: [id.map(Remedy.waitForFlow) ?? .listFlows],
            flow: id
        )
        Console.report(error, as: format)
        Self.exit(withError: ExitCode(error.code.exitStatus))
    }

    /// Ends the program. No other is started: who ends a process that goes on with flows wants it to end.
    private func leave(_ id: FlowID?, by signal: Int32) -> Never {
        let command = (["volumectl flow resume"] + (id.map { [$0.description] } ?? [])).joined(separator: " ")
        Console.note("interrupted: the next volumectl command goes on with what is not finished, or: \(command)")
        Self.exit(withError: ExitCode(128 + signal))
    }
}
