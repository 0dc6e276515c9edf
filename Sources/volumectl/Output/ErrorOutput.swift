internal import Identity
internal import TaskFlow
internal import VolumeAPI

/// The text of an error: what failed, why, the state of things now, and what to do.
enum ErrorOutput {
    static func text(_ error: VolumeError) -> String {
        var lines = ["error: \(error.message)"]
        if let cause = error.cause { lines += indented(cause.split(separator: "\n"), after: "cause: ") }
        if !error.verdicts.isEmpty {
            lines += [""] + VerdictTable.lines(error.verdicts, width: Console.errorWidth) + [""]
        }
        lines.append(error.aftermath + (error.flow.map { " (flow \($0.shortened))" } ?? ""))
        lines += indented(error.remedies.prefix(3).map(\.text), after: "try:  ")
        return lines.joined(separator: "\n")
    }

    /// The error as one line of JSON, so that it can be told from notes.
    static func json(_ error: VolumeError) -> String {
        let report = Report(
            error: Report.Body(
                code: error.code.description,
                cinder: error.cinderName,
                exit: error.code.exitStatus,
                message: error.message,
                cause: error.cause,
                remedy: error.remedies.map(\.text),
                details: Report.Details(
                    aftermath: error.aftermath,
                    flow: error.flow?.description,
                    pools: error.verdicts.map(VerdictView.init),
                    remedies: error.remedies.map(RemedyView.init)
                )
            )
        )
        return (try? JSONOutput.text(report, onOneLine: true)) ?? error.message
    }

    private static func indented(_ lines: some Sequence<some StringProtocol>, after head: String) -> [String] {
        lines.enumerated()
            .map { number, line in
                (number == 0 ? head : String(repeating: " ", count: head.count)) + line
            }
    }

    private struct Report: Encodable {
        struct Body: Encodable {
            let code: String
            /// The name of Cinder's exception.
            let cinder: String
            let exit: Int32
            let message: String
            @Nullable var cause: String?
            let remedy: [String]
            let details: Details
        }
        struct Details: Encodable {
            let aftermath: String
            @Nullable var flow: String?
            let pools: [VerdictView]
            let remedies: [RemedyView]
        }
        let error: Body
    }
}

/// Exit statuses of no error.
enum ExitStatus {
    /// A person interrupted the command or declined when asked; shells use this status for Ctrl-C.
    static let endedByPerson: Int32 = 130
}

extension VolumeError.Code {
    /// The exit status, which tells scripts whether to retry, to change the request, or to call a person.
    var exitStatus: Int32 {
        switch self {
        case .invalidInput: 64
        case .notFound: 3
        case .conflict: 4
        case .quotaExceeded: 5
        case .noValidPool: 6
        case .driverFailed, .cancelled: 7
        case .revertIncomplete: 8
        case .timedOut: 9
        case .storeUnavailable: 10
        case .notPermitted: 11
        case .missing: 12
        default: 1
        }
    }
}
