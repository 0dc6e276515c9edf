public import VolumeDriver

/// A program could not be executed, or was ended before it came to its own end.
public struct ProgramError: Error, Sendable, Hashable {
    /// The kinds of failure.
    public enum Code: String, Sendable, Hashable {
        /// There is no such program.
        case notFound
        /// The program was not executed, because users other than root and this one could change it or its path.
        case notTrusted
        /// The system did not execute the program.
        case notStarted
        /// The program exceeded its time limit, and was ended.
        case timedOut
        /// The task was cancelled, and the program was ended.
        case cancelled
    }

    /// The kind of failure.
    public let code: Code
    /// The call.
    public let call: ProgramCall
    /// The cause: the system's message, or the last lines that the program wrote to standard error.
    public let cause: String?
    /// The remedy for a person, if there is one.
    public let remedy: String?

    /// - Parameters:
    ///   - code: the kind of failure.
    ///   - call: the call.
    ///   - cause: the system's message, or the last lines that the program wrote to standard error.
    ///   - remedy: the remedy for a person, if there is one.
    public init(_ code: Code, _ call: ProgramCall, cause: String? = nil, remedy: String? = nil) {
        self.code = code
        self.call = call
        self.cause = cause
        self.remedy = remedy
    }
}

extension ProgramError: CustomStringConvertible {
    /// The message for a person: what failed and why.
    public var description: String {
        let what =
            switch code {
            case .notFound: "there is no program '\(call.program)' in \(ProgramPath.directories.joined(separator: ":"))"
            case .timedOut: "`\(call)` took longer than \(call.timeLimit) and was ended"
            case .cancelled: "`\(call)` was cancelled and ended"
            case .notTrusted: "'\(call.program)' is not executed, as others can change it"
            case .notStarted: "`\(call)` could not be executed"
            }
        return what + (cause.map { ": \($0)" } ?? "")
    }
}

extension DriverError {
    /// Creates an error for a program that could not be executed to its own end.
    ///
    /// - Parameters:
    ///   - message: what failed, in lower case, with the offending values.
    ///   - package: the package that contains the program, for the remedy.
    ///   - leftBehind: the objects that may be left on the backend.
    public init(_ error: ProgramError, _ message: String, package: String? = nil, leftBehind: String? = nil) {
        let (code, remedy): (Code, String?) =
            switch error.code {
            case .notFound: (.broken, package.map { "install \($0)" } ?? "install '\(error.call.program)'")
            case .timedOut: (.timedOut, "look whether the backend answers: run it by hand")
            case .cancelled: (.cancelled, nil)
            case .notTrusted: (.notPermitted, error.remedy)
            case .notStarted: (.broken, "run it by hand")
            }
        self.init(code, message, cause: error.description, remedy: remedy, leftBehind: leftBehind)
    }

    /// Creates an error for a program that ran and failed, with its messages as the cause.
    ///
    /// - Parameters:
    ///   - code: the error's code, which only the driver knows.
    ///   - message: what failed, in lower case, with the offending values.
    public init(
        _ code: Code,
        _ message: String,
        _ call: ProgramCall,
        _ result: ProgramResult,
        remedy: String? = nil,
        leftBehind: String? = nil,
        mayRetry: Bool? = nil
    ) {
        let said = result.messages.isEmpty ? result.output : result.messages
        let words = said.split(whereSeparator: \.isNewline).suffix(8).joined(separator: "; ")
        self.init(
            code,
            message,
            cause: "`\(call)` ended with \(result.status)" + (words.isEmpty ? "" : ": \(words)"),
            remedy: remedy,
            leftBehind: leftBehind,
            mayRetry: mayRetry
        )
    }
}
