internal import ArgumentParser
internal import Identity
internal import TaskFlow
internal import VolumeAPI

/// Options that say how long to wait for a request.
struct WaitOptions: ParsableArguments {
    @Flag(help: "Return as soon as the request is durable; see 'volumectl flow wait'.")
    var noWait = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Stop waiting after this time, such as 30s; the flow goes on.", valueName: "time")
    )
    var timeout: TimeSpan?

    @Flag(help: "Revert the flow when the time has passed.")
    var cancelOnTimeout = false

    func validate() throws {
        guard !noWait || timeout == nil else { throw ValidationError("--no-wait and --timeout exclude each other") }
        guard !cancelOnTimeout || timeout != nil else { throw ValidationError("--cancel-on-timeout needs --timeout") }
    }

    var control: RequestControl { control(until: timeout?.deadline) }

    /// The same with the whole time limit from now on: after a person's answer, or for another volume.
    var controlFromNow: RequestControl { control(until: timeout?.deadlineFromNow) }

    private func control(until deadline: ContinuousClock.Instant?) -> RequestControl {
        var control = RequestControl()
        control.waits = !noWait
        control.deadline = deadline
        control.cancelsAtDeadline = cancelOnTimeout
        return control
    }
}

extension OutputOptions {
    /// Prints a flow that is not waited for: its id, the JSON `view`, or a sentence.
    func print(
        begun flow: FlowID,
        as format: OutputFormat,
        _ view: @autoclosure () -> some Encodable,
        _ words: () -> String
    ) throws {
        if quiet {
            try Console.result(flow.description)
        } else if format == .json {
            try Console.result(json: view())
        } else {
            try Console.result(words())
        }
    }
}

/// A time span as people write it: 30s, 500ms, 5m, 2h, 7d, 2w; a bare number is seconds.
struct TimeSpan: ExpressibleByArgument {
    let duration: Duration
    /// The same in seconds.
    let seconds: Double
    /// The deadline, counted from the parsing of the option, so that waiting before the command's own work counts, too.
    let deadline: ContinuousClock.Instant

    var deadlineFromNow: ContinuousClock.Instant { .now + duration }

    init?(argument: String) {
        guard let match = argument.wholeMatch(of: /([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|h|d|w)?/),
            let number = Double(match.1)
        else { return nil }
        let unit: Double =
            switch match.2 {
            case "ms": 0.001
            case "m": 60
            case "h": 3600
            case "d": 86_400
            case "w": 604_800
            default: 1
            }
        seconds = number * unit
        duration = .seconds(seconds)
        deadline = .now + duration
    }
}
