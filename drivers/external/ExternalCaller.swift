internal import Foundation
internal import Programs
internal import Synchronization
internal import VolumeDriver

/// Makes calls. A call is one execution of the command, with a request on standard input and a reply on standard
/// output.
struct ExternalCaller: Sendable {
    /// The maximum size of a reply, which suffices for a list of some hundred thousand volumes.
    private static let outputLimit = 32 << 20

    let command: ExternalCommand
    let runner: any ProgramRunner
    let timeLimit: Duration
    let transferTimeLimit: Duration

    /// - Parameters:
    ///   - action: the action, for errors: `create volume '…'`.
    ///   - isTransfer: whether the call may move all data of a volume, and so gets the longer time limit.
    ///   - line: is called with every line of standard error.
    func call<Result: Decodable>(
        _ request: ExternalRequest,
        _ action: String,
        _ result: Result.Type = Done.self,
        isTransfer: Bool = false,
        line: (@Sendable (String) -> Void)? = nil
    ) async throws(DriverError) -> Result {
        try command.checkFile()
        let call = ProgramCall(
            command.path,
            command.arguments,
            input: try Self.encoded(request, action),
            timeLimit: isTransfer ? transferTimeLimit : timeLimit,
            outputLimit: Self.outputLimit
        )
        let ended: ProgramResult
        do {
            ended = try await runner.run(call) { stream, text in
                if stream == .messages { line?(text) }
            }
        } catch {
            // A call is one program, so that nothing has been done if that was not started.
            guard error.code == .notStarted else { throw DriverError(error, "cannot \(action)") }
            throw DriverError(.unavailable, "cannot \(action)", cause: error.description, remedy: "run it by hand")
        }
        return try reply(to: action, call, ended)
    }

    private func reply<Result: Decodable>(
        to action: String,
        _ call: ProgramCall,
        _ ended: ProgramResult
    ) throws(DriverError) -> Result {
        guard ended.status == .exited(0) || ended.status == .exited(1) else {
            throw broken(action, ended, "`\(call)` ended with \(ended.status)")
        }
        guard !ended.isCut else {
            throw broken(action, ended, "it wrote more than \(ByteCount(bytes: Int64(Self.outputLimit)) ?? .zero)")
        }
        // Invalid UTF-8 is replaced on reading. An author who means the replacement character can escape it.
        guard !ended.output.unicodeScalars.contains("\u{FFFD}") else {
            throw broken(action, ended, "its reply is not UTF-8")
        }
        let reply: ExternalReply<Result>
        do {
            reply = try JSONDecoder().decode(ExternalReply<Result>.self, from: Data(ended.output.utf8))
        } catch {
            throw broken(action, ended, "its reply can't be read: \(Self.words(error)), in \(Self.beginning(ended))")
        }
        guard reply.version == ExternalDriver.protocolVersion else {
            let spoken = ExternalDriver.protocolVersion
            throw broken(action, ended, "it answers in version \(reply.version) of the protocol, not in \(spoken)")
        }
        switch (ended.status, reply.result, reply.error) {
        case (.exited(0), let result?, nil): return result
        case (.exited(1), nil, let failure?):
            guard let error = failure.error else {
                throw broken(action, ended, "it failed with the unknown code '\(failure.code)': \(failure.message)")
            }
            throw error
        default:
            let rule = "a result comes with exit status 0, an error with 1"
            throw broken(action, ended, "\(rule); it ended with \(ended.status) after \(Self.beginning(ended))")
        }
    }

    private static func encoded(_ request: ExternalRequest, _ action: String) throws(DriverError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(request)) + [UInt8(ascii: "\n")]
        } catch {
            throw DriverError(.refused, "cannot \(action): the request can't be written as JSON", cause: "\(error)")
        }
    }

    private func broken(_ action: String, _ ended: ProgramResult, _ cause: String) -> DriverError {
        let said = ended.messages.split(whereSeparator: \.isNewline).suffix(4).joined(separator: "; ")
        return DriverError(
            .broken,
            "cannot \(action)",
            cause: (cause + (said.isEmpty ? "" : "; it said: \(said)")).printable,
            remedy: "report it to the author of '\(command.path)'; a check of the driver shows the details"
        )
    }

    /// Foundation's errors, without the details that only a debugger needs.
    private static func words(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "there is no '\(key.stringValue)'"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "\(path(context)): \(context.debugDescription)"
        case DecodingError.dataCorrupted(let context):
            "\(path(context)): \(context.debugDescription)"
        default: "\(error)"
        }
    }

    private static func path(_ context: DecodingError.Context) -> String {
        let keys = context.codingPath.map(\.stringValue).joined(separator: ".")
        return keys.isEmpty ? "at its top" : "in '\(keys)'"
    }

    private static func beginning(_ ended: ProgramResult) -> String { "'\(ended.output.prefix(200))'" }
}
