internal import ArgumentParser
internal import FoundationEssentials
internal import VolumeAPI

/// The plugin that Nomad's client calls for dynamic host volumes.
struct NomadPlugin: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nomad-plugin",
        abstract: "Answer Nomad's client, as its plugin for dynamic host volumes.",
        discussion: """
            Nomad calls it through a link to volumectl in its host_volume_plugin_dir, with
            the operation as the only argument and the rest in variables, DHV_VOLUME_ID and
            others. The answer is JSON, also that of a failure. docs/nomad.md shows a job.
            """,
        subcommands: [NomadFingerprint.self, NomadCreate.self, NomadDelete.self]
    )

    /// The arguments of a call through Nomad's link, with the command that they mean; all others unchanged.
    ///
    /// Nomad names the operation twice, as the only argument and in a variable (`nomad: host volume plugins`). No other caller
    /// does, so that the link may have any name.
    static func resolving(_ arguments: [String], _ variables: [String: String]) -> [String] {
        guard let operation = variables["DHV_OPERATION"], arguments == [operation] else { return arguments }
        return ["nomad-plugin", operation]
    }

    /// Whether a failure is answered in JSON, too.
    static func isCalled(by arguments: [String]) -> Bool { arguments.first == configuration.commandName }

    /// Answers with a failure, which Nomad shows to the user who requested the volume.
    static func answer(_ error: VolumeError) {
        struct Failure: Encodable { let error: String }
        // The exit status tells of the failure as well.
        try? answer(Failure(error: ErrorOutput.text(error)))
    }

    /// Prints an answer as one line of JSON, whatever the output format.
    static func answer(_ value: some Encodable) throws {
        let text = try JSONOutput.text(value, onOneLine: true)
        try Console.result(text)
    }

    /// The time limit of an operation: Nomad kills a plugin after 60 s, and a failure that is told is better than that.
    static let limit = TimeSpan(argument: "50s")
}

struct NomadFingerprint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fingerprint",
        abstract: "Print the plugin's version, by which Nomad knows it.",
        discussion: "Reads nothing, because Nomad waits no more than 5 seconds."
    )

    private struct Answer: Encodable { let version: String }

    func run() throws { try NomadPlugin.answer(Answer(version: ProgramVersion.current)) }
}

/// An operation on the volume that the variables of Nomad's call name.
protocol NomadOperation: WaitingCommand, ChangingCommand {}

extension NomadOperation {
    var timeout: TimeSpan? { wait.timeout ?? NomadPlugin.limit }

    func validate() throws {
        guard !wait.noWait else { throw ValidationError("--no-wait is not possible: Nomad waits for the outcome") }
    }

    func check() throws { _ = try NomadRequest(ProcessInfo.processInfo.environment) }

    /// How long to wait for each of the operation's flows.
    func control(cancels: Bool) -> RequestControl {
        var control = wait.control
        control.deadline = timeout?.deadline
        control.cancelsAtDeadline = cancels
        return control
    }
}
