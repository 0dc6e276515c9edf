internal import CLinux
internal import Glibc
internal import Subprocess
internal import Synchronization
internal import SystemPackage

/// Executes programs as processes of this system, each in a session of its own.
///
/// A process is not ended with this one if that is killed: a tool that has begun to change a backend comes to its end.
public struct SystemPrograms: ProgramRunner {
    /// How long a program that is ended may take for it before it is killed.
    private static let grace = Duration.seconds(2)

    /// Holds no state.
    public init() {}

    /// Executes the program and waits for its end, or ends it with all that it started.
    public func run(
        _ call: ProgramCall,
        line: LineListener?
    ) async throws(ProgramError) -> ProgramResult {
        if Task.isCancelled { throw ProgramError(.cancelled, call) }
        guard let path = ProgramPath.find(call.program) else { throw ProgramError(.notFound, call) }
        let output = CappedOutput(of: .output, limit: call.outputLimit, line: line)
        let messages = CappedOutput(of: .messages, limit: call.outputLimit, line: line)
        do {
            let status = try await limited(to: call.timeLimit) {
                try await execute(path, call, output: output, messages: messages)
            }
            output.finish()
            messages.finish()
            // A program that is ended by a cancelled task returns as if it had been killed by somebody else.
            if Task.isCancelled { throw ProgramError(.cancelled, call, cause: messages.lastWords) }
            guard let status else { throw ProgramError(.timedOut, call, cause: messages.lastWords) }
            return ProgramResult(
                status: status,
                output: output.text,
                messages: messages.text,
                isCut: output.isCut || messages.isCut
            )
        } catch let error as ProgramError {
            throw error
        } catch {
            throw ProgramError(Task.isCancelled ? .cancelled : .failed, call, cause: "\(error)")
        }
    }

    /// `nil` when it took longer.
    private func limited(
        to limit: Duration,
        _ body: @escaping @Sendable () async throws -> ProgramResult.Status
    ) async throws -> ProgramResult.Status? {
        try await withThrowingTaskGroup(of: ProgramResult.Status?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            // Leaving the group cancels the other task and waits for it: the sleeper, or the program until it is ended.
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    private func execute(
        _ path: String,
        _ call: ProgramCall,
        output: CappedOutput,
        messages: CappedOutput
    ) async throws -> ProgramResult.Status {
        guard let bytes = call.input else {
            return try await execute(configuration(path, call), .none, output, messages)
        }
        // Not by a pipe, at which this process would end with SIGPIPE when a program does not want to read all of it.
        let input = try MemoryFile.holding(bytes)
        let owned = FileDescriptorInput.fileDescriptor(input, closeAfterSpawningProcess: true)
        return try await execute(configuration(path, call), owned, output, messages)
    }

    private func execute(
        _ configuration: Configuration,
        _ input: some InputProtocol,
        _ output: CappedOutput,
        _ messages: CappedOutput
    ) async throws -> ProgramResult.Status {
        let result = try await Subprocess.run(configuration, input: input, output: .sequence, error: .sequence) {
            execution in
            let group = ProcessGroup(number: execution.processIdentifier.value)
            defer { group.finish(isCancelled: Task.isCancelled) }
            await withTaskCancellationHandler {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { try? await output.take(execution.standardOutput) }
                    group.addTask { try? await messages.take(execution.standardError) }
                }
            } onCancel: {
                group.end(within: Self.grace)
            }
        }
        return switch result.terminationStatus {
        case .exited(let status): .exited(status)
        case .signaled(let signal): .signalled(signal)
        }
    }

    private func configuration(_ path: String, _ call: ProgramCall) -> Configuration {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: Self.grace)]
        var environment: [Environment.Key: String] = [:]
        let fixed = ["PATH": ProgramPath.directories.joined(separator: ":"), "LC_ALL": "C"]
        for (name, value) in call.environment.merging(fixed, uniquingKeysWith: { $1 }) {
            if let key = Environment.Key(rawValue: name) { environment[key] = value }
        }
        return Configuration(
            executable: .path(FilePath(path)),
            arguments: Arguments(call.arguments),
            environment: .custom(environment),
            workingDirectory: "/",
            platformOptions: options
        )
    }
}

/// A program and all that it has started, of which some may not heed the signal that ends it.
///
/// The program itself has not been reaped while this is used, so that nobody else can have its number.
private final class ProcessGroup: Sendable {
    private let number: pid_t
    private let killer = Mutex<Task<Void, Never>?>(nil)

    init(number: pid_t) { self.number = number }

    /// Asks all of them to end, and kills those that are left after `grace`.
    func end(within grace: Duration) {
        kill(-number, SIGTERM)
        let task = Task { [number] in
            try? await Task.sleep(for: grace)
            if !Task.isCancelled { kill(-number, SIGKILL) }
        }
        killer.withLock { $0 = task }
    }

    /// Has nothing more happen to the number.
    func finish(isCancelled: Bool) {
        killer.withLock { $0?.cancel() }
        if isCancelled { kill(-number, SIGKILL) }
    }
}

/// A file that is nowhere but in memory.
private enum MemoryFile {
    /// Opened at its beginning.
    static func holding(_ bytes: [UInt8]) throws -> FileDescriptor {
        let number = memfd_create("input", clinux_memfd_cloexec)
        guard number >= 0 else { throw Errno(rawValue: errno) }
        let file = FileDescriptor(rawValue: number)
        do {
            try file.writeAll(bytes)
            try file.seek(offset: 0, from: .start)
            return file
        } catch {
            try? file.close()
            throw error
        }
    }
}
