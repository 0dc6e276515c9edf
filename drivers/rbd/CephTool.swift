internal import Foundation
internal import Programs
internal import VolumeDriver

/// Ceph's tools, whose exit statuses are numbers of system errors.
struct CephTool: Sendable {
    /// The errors with a specific meaning to callers.
    enum Errno: Int32, Sendable {
        /// The exit status of `rados` for all errors.
        case failed = 1
        case notFound = 2
        case busy = 16
        case exists = 17
        case invalid = 22
        case readOnly = 30
        case notEmpty = 39
        /// Another client was faster.
        case stale = 116
    }

    /// The answer of a tool.
    struct Answer: Sendable {
        /// `nil` on success.
        let errno: Errno?
        let call: ProgramCall
        let result: ProgramResult

        /// Decodes the JSON output.
        func decoded<Value: Decodable>(_ type: Value.Type, _ action: String) throws(DriverError) -> Value {
            do {
                guard !result.isCut else { throw CocoaError(.coderReadCorrupt) }
                return try JSONDecoder().decode(type, from: Data(result.output.utf8))
            } catch {
                throw DriverError(
                    .broken,
                    "cannot \(action): the output of `\(call)` can't be parsed",
                    cause: result.isCut ? "it wrote more than \(call.outputLimit) bytes" : "\(error)",
                    remedy: "run it by hand; Ceph 14 to 19 are known"
                )
            }
        }
    }

    /// The time limit of calls that read or change metadata; calls that move data have their own.
    static let timeLimit = Duration.seconds(60)
    static let dataTimeLimit = Duration.seconds(24 * 3600)
    /// How long a cancelled call may go on. If a client dies with an image open, the cluster regards the image as open
    /// for half a minute.
    private static let leniency = Duration.seconds(20)

    let access: CephAccess
    let runner: any ProgramRunner

    /// Executes `rbd` on the pool.
    ///
    /// - Parameters:
    ///   - action: the action, for errors.
    ///   - expected: the errors to return as answers.
    func rbd(
        _ arguments: [String],
        _ action: String,
        expecting expected: Set<Errno> = [],
        timeLimit: Duration = timeLimit,
        leftBehind: String? = nil
    ) async throws(DriverError) -> Answer {
        let words = access.options() + arguments
        let call = ProgramCall("rbd", words, timeLimit: timeLimit, outputLimit: 64 << 20)
        return try await run(call, action, expecting: expected, leftBehind: leftBehind)
    }

    /// Executes `call`, and throws unexpected errors.
    func run(
        _ call: ProgramCall,
        _ action: String,
        expecting expected: Set<Errno> = [],
        leftBehind: String? = nil
    ) async throws(DriverError) -> Answer {
        try DriverError.checkCancellation(of: action)
        let result: ProgramResult
        do {
            result = try await runner.run(call, leniency: Self.leniency).withoutLog
        } catch {
            throw DriverError(error, "cannot \(action)", package: "ceph-common", leftBehind: leftBehind)
        }
        if result.isSuccess { return Answer(errno: nil, call: call, result: result) }
        if case .exited(let status) = result.status, let errno = Errno(rawValue: status), expected.contains(errno) {
            return Answer(errno: errno, call: call, result: result)
        }
        throw failure(call, result, action, leftBehind)
    }

    private func failure(
        _ call: ProgramCall,
        _ result: ProgramResult,
        _ action: String,
        _ leftBehind: String?
    ) -> DriverError {
        let (code, remedy) = meaning(of: result.status)
        return DriverError(code, "cannot \(action)", call, result, remedy: remedy, leftBehind: leftBehind)
    }

    private func meaning(of status: ProgramResult.Status) -> (DriverError.Code, remedy: String) {
        guard case .exited(let status) = status else { return (.broken, "check the system's log, and try again") }
        let user = "client.\(access.user)"
        return switch status {
        case 1 where access.hasNoConfiguration:
            (.broken, "correct the path of the cluster's configuration, '\(access.configuration)'")
        case 1, 13:
            (.broken, "check the key and the capabilities of \(user): `ceph auth get \(user)`; it needs `profile rbd`")
        case 28, 122: (.retryableElsewhere, "free space in pool '\(access.pool)', or raise its quota")
        case 108: (.broken, "this host is blocklisted: `ceph osd blocklist ls`, then `ceph osd blocklist rm ADDRESS`")
        case 107, 110, 111, 113:
            (.retryableElsewhere, "check whether the cluster answers: `ceph --id \(access.user) health`")
        default: (.broken, "run it by hand")
        }
    }
}

extension ProgramResult {
    /// Without the lines of the client's log, which begin with a time, if there are other lines.
    fileprivate var withoutLog: ProgramResult {
        let words = messages.split(whereSeparator: \.isNewline)
            .filter { $0.prefixMatch(of: /[0-9-]{10}T[0-9:.]+/) == nil }
        guard !words.isEmpty else { return self }
        return ProgramResult(status: status, output: output, messages: words.joined(separator: "\n"), isCut: isCut)
    }
}

extension CephAccess {
    /// Whether the configuration can't be read.
    fileprivate var hasNoConfiguration: Bool { !FileManager.default.isReadableFile(atPath: configuration) }
}
