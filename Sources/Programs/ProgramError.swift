public import VolumeDriver

/// Why a program could not be executed to its own end.
public struct ProgramError: Error, Sendable, Hashable {
    /// What went wrong.
    public enum Code: String, Sendable, Hashable {
        /// There is no such program.
        case notFound
        /// Others than root and this user could change it, or what is on the way to it. It was not executed.
        case notTrusted
        /// The system would not execute it.
        case notStarted
        /// It took too long, and was ended.
        case timedOut
        /// The task was cancelled, and the program was ended.
        case cancelled
    }

    /// What went wrong.
    public let code: Code
    /// The call.
    public let call: ProgramCall
    /// Why: the system's words, or what the program had written until then.
    public let cause: String?
    /// What a person can do about it, if that is known.
    public let remedy: String?

    /// - Parameters:
    ///   - code: what went wrong.
    ///   - call: the call.
    ///   - cause: the system's words, or what the program had written until then.
    ///   - remedy: what a person can do about it, if that is known.
    public init(_ code: Code, _ call: ProgramCall, cause: String? = nil, remedy: String? = nil) {
        self.code = code
        self.call = call
        self.cause = cause
        self.remedy = remedy
    }
}

extension ProgramError: CustomStringConvertible {
    /// For people: what failed, and why.
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
    /// That `message` is so because a program could not be executed to its own end.
    ///
    /// - Parameters:
    ///   - message: what failed, in lower case, with the offending values.
    ///   - package: what a person installs to have the program.
    ///   - leftBehind: what may be left on the backend.
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

    /// That `message` is so because a program said so: its messages are the cause.
    ///
    /// - Parameters:
    ///   - code: what the caller can do, which only the driver knows.
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
