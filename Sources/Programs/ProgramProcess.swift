internal import CLinux
internal import Glibc
internal import Ownership

/// An execution of a program.
///
/// A thread of its own starts it and waits for its output, its end, its time limit and the cancellation of its task, so
/// that nothing waits for a thread that others may keep.
final class ProgramProcess: Sendable {
    /// How a program came to its end.
    struct End: Sendable {
        enum Reason: Sendable {
            /// By itself, or by somebody else.
            case own
            case timedOut
            case cancelled
        }

        let reason: Reason
        let status: ProgramResult.Status
    }

    private let program: (name: String, path: String)
    private let call: ProgramCall
    private let inheritance: Inheritance
    private let streams: [(pipe: OwnedDescriptor, output: CappedOutput)]
    /// Can be read from once the task is cancelled.
    private let cancellation: Pipe

    /// Prepares an execution for the task that calls this.
    ///
    /// - Parameter program: what is executed, and the name that it is told, by which some tell what they are to do.
    init(
        _ program: (name: String, path: String),
        _ call: ProgramCall,
        output: CappedOutput,
        messages: CappedOutput
    ) throws(StartFailure) {
        self.program = program
        self.call = call
        let (outputPipe, messagePipe) = (try Pipe(), try Pipe())
        cancellation = try Pipe()
        streams = [(outputPipe.readEnd, output), (messagePipe.readEnd, messages)]
        inheritance = try Inheritance(call, output: outputPipe.writeEnd, messages: messagePipe.writeEnd)
    }

    /// Starts it and waits for its end; ends it, with all that it started, after its time limit or when the task is
    /// cancelled. To be called once.
    ///
    /// - Parameter grace: how long it may take for that before it is killed.
    func run(grace: Duration) async throws(StartFailure) -> End {
        let result: Result<End, StartFailure> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let failure = DetachedThread.start { [self] in
                    continuation.resume(returning: Result { () throws(StartFailure) in try perform(grace) })
                }
                guard let failure else { return }
                continuation.resume(
                    returning: .failure(StartFailure(what: "no thread can wait for it", number: failure))
                )
            }
        } onCancel: {
            cancellation.writeEnd.close()
        }
        return try result.get()
    }

    private func perform(_ grace: Duration) throws(StartFailure) -> End {
        let process = try start()
        // From now on only the program has them.
        for file in inheritance.files { file.close() }
        let ended: OwnedDescriptor
        do throws(StartFailure) {
            ended = try OwnedDescriptor(clinux_pidfd_open(process), "its end can't be waited for")
        } catch {
            kill(-process, SIGKILL)
            _ = reap(process)
            throw error
        }
        let reason = watch(process, ended, grace)
        return End(reason: reason, status: reap(process))
    }

    // MARK: - Starting

    /// What the program has open.
    private struct Inheritance {
        /// The descriptors 0, 1, 2 and so on of the program.
        let files: [OwnedDescriptor]

        init(_ call: ProgramCall, output: OwnedDescriptor, messages: OwnedDescriptor) throws(StartFailure) {
            var lifeline: OwnedDescriptor?
            if let held = Lifeline.current, !call.startsService {
                let what = "what it works on can't be held for it"
                let file: Int32
                do throws(OwnerLockError) {
                    file = try held.openFile(for: call.timeLimit + SystemPrograms.grace * 2)
                } catch {
                    throw StartFailure(what: "\(what): \(error.path)", number: error.number)
                }
                lifeline = try OwnedDescriptor(file, what)
            }
            let input =
                // Not by a pipe, at which this process would end with SIGPIPE when a program does not read all of it.
                if let bytes = call.input { try OwnedDescriptor.memory(holding: bytes) } else if let lifeline {
                    lifeline
                } else {
                    try OwnedDescriptor(open("/dev/null", O_RDONLY | O_CLOEXEC), "/dev/null can't be opened")
                }
            let others = call.input == nil ? nil : lifeline
            files = [input, output, messages] + (others.map { [$0] } ?? [])
        }
    }

    private func start() throws(StartFailure) -> pid_t {
        let fixed = ["PATH": ProgramPath.directories.joined(separator: ":"), "LC_ALL": "C"]
        let environment = call.environment.merging(fixed, uniquingKeysWith: { $1 }).map { "\($0.key)=\($0.value)" }
        return try ProcessStart(
            arguments: [program.name] + call.arguments,
            environment: environment,
            files: inheritance.files.map(\.number),
            directory: "/"
        )
        .execute(program.path)
    }

    // MARK: - Waiting

    private func watch(_ process: pid_t, _ ended: OwnedDescriptor, _ grace: Duration) -> End.Reason {
        var reason = End.Reason.own
        var deadline = ContinuousClock.now + call.timeLimit
        var (isEnded, isKilled) = (false, false)
        var open = [true, true]
        while !isEnded || (open.contains(true) && !isKilled) {
            let watched = Watched(
                streams: zip(streams, open).map { $1 ? $0.pipe.number : -1 },
                process: isEnded ? -1 : ended.number,
                cancellation: reason == .own ? cancellation.readEnd.number : -1
            )
            // A killed process is waited for as long as it takes: it could still act.
            let ready = watched.wait(until: isKilled ? nil : deadline)
            for (number, isReady) in ready.streams.enumerated() where isReady {
                open[number] = streams[number].output.take(from: streams[number].pipe.number)
            }
            if ready.process { isEnded = true }
            if reason == .own, ready.cancellation || ContinuousClock.now >= deadline {
                reason = ready.cancellation ? .cancelled : .timedOut
                deadline = ContinuousClock.now + grace
                kill(-process, SIGTERM)
            } else if reason != .own, !isKilled, ContinuousClock.now >= deadline {
                isKilled = true
                kill(-process, SIGKILL)
            }
        }
        // Some of what it started may not have heeded the first signal. Nobody else can have its number, as it has not been
        // reaped.
        if reason != .own { kill(-process, SIGKILL) }
        return reason
    }

    private func reap(_ process: pid_t) -> ProgramResult.Status {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signalled(status & 0x7F)
    }
}

/// What a thread waits for.
private struct Watched {
    /// What has happened.
    struct Ready {
        var streams: [Bool]
        var process: Bool
        var cancellation: Bool
    }

    /// Each -1 when it is not waited for.
    let streams: [Int32]
    let process: Int32
    let cancellation: Int32

    /// Waits until one of them is ready, or until `deadline`.
    func wait(until deadline: ContinuousClock.Instant?) -> Ready {
        var files = (streams + [process, cancellation]).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let time = deadline.map { max(.zero, min($0 - .now, .seconds(3600))) }
        // Rounded up, so that the time is over afterwards.
        let milliseconds = time.map { Int32(($0 / .milliseconds(1)).rounded(.up)) }
        let count = poll(&files, nfds_t(files.count), milliseconds ?? -1)
        let isReady = files.map { count > 0 && $0.revents != 0 }
        return Ready(
            streams: Array(isReady.dropLast(2)),
            process: isReady[isReady.count - 2],
            cancellation: isReady[isReady.count - 1]
        )
    }
}
