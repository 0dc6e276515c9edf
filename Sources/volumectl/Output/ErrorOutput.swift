internal import Identity
internal import TaskFlow
internal import Volumes

/// How an error looks: what failed, why, what the world looks like now, and what to do.
enum ErrorOutput {
    static func text(_ error: VolumeError) -> String {
        var lines = ["error: \(error.message)"]
        if let cause = error.cause { lines += cause.split(separator: "\n").map { "cause: \($0)" } }
        if !error.verdicts.isEmpty { lines += [""] + VerdictTable.lines(error.verdicts) + [""] }
        lines.append(error.aftermath + (error.flow.map { " (flow \($0.shortened))" } ?? ""))
        for (number, remedy) in error.remedies.prefix(3).enumerated() {
            lines.append((number == 0 ? "try:  " : "      ") + remedy)
        }
        return lines.joined(separator: "\n")
    }

    static func json(_ error: VolumeError) -> String {
        let report = Report(
            error: Report.Body(
                code: error.code.description,
                exit: error.code.exitStatus,
                message: error.message,
                cause: error.cause,
                remedy: error.remedies,
                details: Report.Details(
                    aftermath: error.aftermath,
                    flow: error.flow?.description,
                    pools: error.verdicts.map(VerdictView.init)
                )
            )
        )
        return (try? JSONOutput.text(report)) ?? error.message
    }

    private struct Report: Encodable {
        struct Body: Encodable {
            let code: String
            let exit: Int32
            let message: String
            let cause: String?
            let remedy: [String]
            let details: Details
        }
        struct Details: Encodable {
            let aftermath: String
            let flow: String?
            let pools: [VerdictView]
        }
        let error: Body
    }
}

extension VolumeError.Code {
    /// The exit status, by which scripts tell whether to try again, to ask for something else, or to call a person.
    var exitStatus: Int32 {
        switch self {
        case .invalidInput: 64
        case .notFound: 3
        case .conflict: 4
        case .quotaExceeded: 5
        case .noValidPool: 6
        case .driverFailed: 7
        case .revertIncomplete: 8
        case .storeUnavailable: 10
        case .notPermitted: 11
        default: 1
        }
    }
}
