/// What executes programs for drivers. Tests have one that records the calls and answers from a list.
public protocol ProgramRunner: Sendable {
    /// Executes the program and waits for its end.
    ///
    /// A program that ends with a status other than zero is a result, not an error: what a status means, only the caller
    /// knows.
    ///
    /// - Parameter line: hears every line that the program writes, as it is written; a carriage return ends one, too.
    /// - Throws: ``ProgramError`` when it could not be executed to its own end.
    func run(_ call: ProgramCall, line: LineListener?) async throws(ProgramError) -> ProgramResult
}

/// Hears the lines that a program writes.
public typealias LineListener = @Sendable (_ stream: ProgramStream, _ text: String) -> Void

/// Where a program writes.
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

    /// Executes the program, and if the task is cancelled, lets it come to its own end for a while before it is ended.
    ///
    /// - Parameter leniency: for how long.
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

/// A program to execute, with everything that it is given.
public struct ProgramCall: Sendable, Hashable {
    /// The program's name, looked up in ``ProgramPath``, or its absolute path.
    public var program: String
    /// Its arguments, which no shell sees.
    public var arguments: [String]
    /// What its environment holds besides `PATH` and `LC_ALL=C`.
    public var environment: [String: String]
    /// What it reads from standard input; `nil` for one that is closed.
    public var input: [UInt8]?
    /// After which time it is ended, with every process that it has started.
    public var timeLimit: Duration
    /// How many bytes of its output are kept, and how many of its messages; what comes after is read and thrown away.
    public var outputLimit: Int
    /// Whether it leaves a process that serves others until that is ended by somebody. Other programs hold what they work
    /// on until they end, so that nobody else takes it up should this process die.
    public var startsService: Bool

    /// - Parameters:
    ///   - program: a name or an absolute path.
    ///   - arguments: what no shell sees.
    ///   - environment: besides `PATH` and `LC_ALL=C`.
    ///   - input: for standard input; `nil` for one that is closed.
    ///   - timeLimit: after which it is ended.
    ///   - outputLimit: how many bytes of each output are kept.
    ///   - startsService: whether it leaves a process that serves others until that is ended by somebody.
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
    /// As a person would type it into a shell.
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

/// What came of a program that ran to its own end.
public struct ProgramResult: Sendable, Hashable {
    /// How it ended.
    public enum Status: Sendable, Hashable {
        /// It said so itself, with this status.
        case exited(Int32)
        /// This signal ended it, which wasn't sent from here.
        case signalled(Int32)
    }

    /// How it ended.
    public let status: Status
    /// The beginning of what it wrote to standard output.
    public let output: String
    /// The beginning of what it wrote to standard error.
    public let messages: String
    /// Whether some of its output has been thrown away, so that it can't be trusted to be whole.
    public let isCut: Bool

    /// - Parameters:
    ///   - output: what it wrote to standard output.
    ///   - messages: what it wrote to standard error.
    ///   - isCut: whether some of its output has been thrown away.
    public init(status: Status, output: String = "", messages: String = "", isCut: Bool = false) {
        self.status = status
        self.output = output
        self.messages = messages
        self.isCut = isCut
    }

    /// Whether it exited with zero.
    public var isSuccess: Bool { status == .exited(0) }
}

extension ProgramResult.Status: CustomStringConvertible {
    /// For people: `exit status 5`, `signal 11`.
    public var description: String {
        switch self {
        case .exited(let status): "exit status \(status)"
        case .signalled(let signal): "signal \(signal)"
        }
    }
}
