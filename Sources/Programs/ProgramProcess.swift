internal import CLinux
internal import Glibc
internal import Ownership

/// The execution of a program.
///
/// A thread of its own starts the program and waits for its output, its end, its time limit and the cancellation of its
/// task, so that it never depends on a thread that other work may block.
final class ProgramProcess: Sendable {
    /// The end of a program.
    struct End: Sendable {
        enum Reason: Sendable {
            /// The program ended by itself, or another process ended it.
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
    private let lifeline = Lifeline.current
    private let streams: [(pipe: OwnedDescriptor, output: CappedOutput)]
    /// A pipe whose read end becomes readable when the task is cancelled.
    private let cancellation: Pipe

    /// Prepares an execution in the current task.
    ///
    /// - Parameter program: the path to execute, and the name to pass as the first argument, on which some programs
    ///   depend.
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

    /// Starts the program and waits for its end. After its time limit, or when the task is cancelled, the program and
    /// the processes of its session are ended. Must be called only once.
    ///
    /// - Parameter grace: the time between the signal to terminate and the kill.
    func run(grace: Duration) async throws(StartFailure) -> End {
        let result: Result<End, StartFailure> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let failure = DetachedThread.start { [self] in
                    continuation.resume(returning: Result { () throws(StartFailure) in try perform(grace) })
                }
                guard let failure else { return }
                continuation.resume(
                    returning: .failure(StartFailure(what: "a thread to wait for it can't be made", number: failure))
                )
            }
        } onCancel: {
            cancellation.writeEnd.close()
        }
        return try result.get()
    }

    private func perform(_ grace: Duration) throws(StartFailure) -> End {
        // As late as possible: the process may have been stopped since its last look.
        guard lifeline?.mayBegin() != false else {
            throw StartFailure(what: "another process may have taken over what it is for", number: nil)
        }
        let process = try start()
        // Only the program has them open from now on.
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

    /// The files that the program inherits.
    private struct Inheritance {
        /// The descriptors 0, 1, 2 and so on of the program.
        let files: [OwnedDescriptor]

        init(_ call: ProgramCall, output: OwnedDescriptor, messages: OwnedDescriptor) throws(StartFailure) {
            var lifeline: OwnedDescriptor?
            if let held = Lifeline.current, !call.startsService {
                let what = "the lock on its run can't be passed to it"
                let file: Int32
                do throws(OwnerLockError) {
                    file = try held.openFile(for: call.timeLimit + SystemPrograms.grace * 2)
                } catch {
                    throw StartFailure(what: "\(what): \(error.path)", number: error.number)
                }
                lifeline = try OwnedDescriptor(file, what)
            }
            let input =
                // Not a pipe, on which this process would die of SIGPIPE if the program doesn't read all of it.
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
            // The wait for a killed process has no limit, since the process could still act.
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
        // Processes of its session may have ignored the first signal. The number can't belong to another session, as
        // the process has not been reaped yet.
        if reason != .own { kill(-process, SIGKILL) }
        return reason
    }

    private func reap(_ process: pid_t) -> ProgramResult.Status {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signalled(status & 0x7F)
    }
}

/// The descriptors that a thread waits for.
private struct Watched {
    /// The descriptors that are ready.
    struct Ready {
        var streams: [Bool]
        var process: Bool
        var cancellation: Bool
    }

    // A descriptor is -1 if it isn't waited for.
    let streams: [Int32]
    let process: Int32
    let cancellation: Int32

    /// Waits until a descriptor is ready, or until `deadline`.
    func wait(until deadline: ContinuousClock.Instant?) -> Ready {
        var files = (streams + [process, cancellation]).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let time = deadline.map { max(.zero, min($0 - .now, .seconds(3600))) }
        // Rounded up, so that the deadline has passed afterwards.
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
