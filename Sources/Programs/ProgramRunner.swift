/// Executes programs for drivers. Tests use one that records the calls and answers from a list.
public protocol ProgramRunner: Sendable {
    /// Executes the program and waits for its end.
    ///
    /// A program that ends with a status other than zero is a result, not an error, since only the caller knows what a
    /// status means.
    ///
    /// - Parameter line: called with each line as the program writes it; a carriage return ends a line, too.
    /// - Throws: ``ProgramError`` if the program could not be executed to its own end.
    func run(_ call: ProgramCall, line: LineListener?) async throws(ProgramError) -> ProgramResult
}

/// Receives the lines that a program writes.
public typealias LineListener = @Sendable (_ stream: ProgramStream, _ text: String) -> Void

/// An output stream of a program.
public enum ProgramStream: Sendable {
    /// Standard output.
    case output
    /// Standard error.
    case messages
}

extension ProgramRunner {
    /// Executes the program and waits for its end.
    public func run(_ call: ProgramCall) async throws(ProgramError) -> ProgramResult {
        try await run(call, line: nil)
    }

    /// Executes the program and waits for its end. If the task is cancelled, the program is ended only after
    /// `leniency`.
    ///
    /// - Parameter leniency: the time in which the program may come to its own end after a cancellation.
    public func run(_ call: ProgramCall, leniency: Duration) async throws(ProgramError) -> ProgramResult {
        let task = Task { () async -> Result<ProgramResult, ProgramError> in
            do throws(ProgramError) {
                return .success(try await run(call))
            } catch {
                return .failure(error)
            }
        }
        let result = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            Task {
                try? await Task.sleep(for: leniency)
                task.cancel()
            }
        }
        return try result.get()
    }
}

/// The execution of a program, with its arguments, environment, input and limits.
public struct ProgramCall: Sendable, Hashable {
    /// The program's name, looked up in ``ProgramPath``, or its absolute path.
    public var program: String
    /// The arguments, which no shell interprets.
    public var arguments: [String]
    /// The environment variables besides `PATH` and `LC_ALL=C`.
    public var environment: [String: String]
    /// The content of standard input; empty if `nil`.
    public var input: [UInt8]?
    /// The time after which the program and the processes of its session are ended.
    public var timeLimit: Duration
    /// The number of bytes of each output stream that are kept; the rest is read and discarded.
    public var outputLimit: Int
    /// Whether the program leaves a service process running. All other programs count as holders of the run that they
    /// work on until they end, so that no other process claims the run if this process dies.
    public var startsService: Bool

    /// - Parameters:
    ///   - program: a name or an absolute path.
    ///   - arguments: the arguments, which no shell interprets.
    ///   - environment: the environment variables besides `PATH` and `LC_ALL=C`.
    ///   - input: the content of standard input; empty if `nil`.
    ///   - timeLimit: the time after which the program is ended.
    ///   - outputLimit: the number of bytes of each output stream that are kept.
    ///   - startsService: whether the program leaves a service process running.
    public init(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        input: [UInt8]? = nil,
        timeLimit: Duration = .seconds(60),
        outputLimit: Int = 1 << 20,
        startsService: Bool = false
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.input = input
        self.timeLimit = timeLimit
        self.outputLimit = outputLimit
        self.startsService = startsService
    }
}

extension ProgramCall: CustomStringConvertible {
    /// The command as a person would type it into a shell.
    public var description: String {
        ([program] + arguments)
            .map { word in
                let isPlain = !word.isEmpty && word.utf8.allSatisfy(Self.isPlain)
                return isPlain
                    ? word
                    : "'\(word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
            }
            .joined(separator: " ")
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-_./:=@%+,".utf8.contains(byte)
        }
    }
}

/// The result of a program that ran to its own end.
public struct ProgramResult: Sendable, Hashable {
    /// The exit status of a program.
    public enum Status: Sendable, Hashable {
        /// The program exited with this status.
        case exited(Int32)
        /// This signal, which was not sent by the runner, ended the program.
        case signalled(Int32)
    }

    /// The program's exit status.
    public let status: Status
    /// The program's standard output, up to the limit of the call.
    public let output: String
    /// The program's standard error, up to the limit of the call.
    public let messages: String
    /// Whether the limit has cut off some of the output.
    public let isCut: Bool

    /// - Parameters:
    ///   - output: the program's standard output.
    ///   - messages: the program's standard error.
    ///   - isCut: whether some of the output has been cut off.
    public init(status: Status, output: String = "", messages: String = "", isCut: Bool = false) {
        self.status = status
        self.output = output
        self.messages = messages
        self.isCut = isCut
    }

    /// Whether the program exited with status 0.
    public var isSuccess: Bool { status == .exited(0) }
}

extension ProgramResult.Status: CustomStringConvertible {
    /// The status in messages: `exit status 5`, `signal 11`.
    public var description: String {
        switch self {
        case .exited(let status): "exit status \(status)"
        case .signalled(let signal): "signal \(signal)"
        }
    }
}
