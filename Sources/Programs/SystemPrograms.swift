internal import Glibc
internal import Ownership
internal import Trust

/// Executes programs as processes of this system, each in a session of its own.
///
/// If this process is killed, the programs continue, so that a tool that has begun to change a backend comes to its
/// end. Until then no other process can claim the flow that the program was executed for.
public struct SystemPrograms: ProgramRunner {
    /// The time between the signal to terminate a program and the kill.
    static let grace = Duration.seconds(2)

    /// Creates a runner, which has no state.
    public init() {}

    /// Executes the program and waits for its end, or ends it and the processes of its session.
    public func run(
        _ call: ProgramCall,
        line: LineListener?
    ) async throws(ProgramError) -> ProgramResult {
        if Task.isCancelled { throw ProgramError(.cancelled, call) }
        let found: (name: String, path: String)?
        do throws(Distrust) {
            found = try ProgramPath.findTrusted(call.program)
        } catch {
            throw ProgramError(.notTrusted, call, cause: error.description, remedy: error.remedy)
        }
        guard let program = found else { throw ProgramError(.notFound, call) }
        let output = CappedOutput(of: .output, limit: call.outputLimit, line: line)
        let messages = CappedOutput(of: .messages, limit: call.outputLimit, line: line)
        let end: ProgramProcess.End
        do throws(StartFailure) {
            let process = try ProgramProcess(program, call, output: output, messages: messages)
            end = try await process.run(grace: Self.grace)
        } catch {
            throw ProgramError(.notStarted, call, cause: error.description)
        }
        output.finish()
        messages.finish()
        switch end.reason {
        case .cancelled: throw ProgramError(.cancelled, call, cause: messages.lastWords)
        case .timedOut: throw ProgramError(.timedOut, call, cause: messages.lastWords)
        case .own:
            return ProgramResult(
                status: end.status,
                output: output.text,
                messages: messages.text,
                isCut: output.isCut || messages.isCut
            )
        }
    }
}
