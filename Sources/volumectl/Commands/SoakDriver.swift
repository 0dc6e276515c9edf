internal import ArgumentParser
internal import DriverKit
internal import Foundation
internal import Subprocess
internal import Synchronization
internal import SystemPackage
internal import VolumeAPI
internal import VolumeDriver

struct SoakDriver: ConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak",
        abstract: "Kill processes that use a driver, and check what is left behind.",
        discussion: """
            Several processes create, write to, extend, snapshot, clone and delete
            volumes on one pool. They are killed and started again. Afterwards the pool
            has to hold what was acknowledged, to the byte, nothing partial, and nothing
            else. Exits with 0 if so, else with 1.
            """
    )

    @OptionGroup var driver: DriverChoice
    @Option(parsing: .unconditional, help: ArgumentHelp("The duration.", valueName: "seconds"))
    var seconds = 60
    @Option(parsing: .unconditional, help: ArgumentHelp("The number of concurrent processes.", valueName: "number"))
    var processes = 2
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The maximum lifetime; the minimum is a ninth of it.", valueName: "milliseconds")
    )
    var lifetime = 900
    @Option(help: .hidden)
    var worker: Int?
    @Option(help: .hidden)
    var scratch: String?
    @OptionGroup var output: OutputOptions

    var configurationFile: String? { driver.config }

    func check() throws {
        try driver.check()
        guard (1...64).contains(processes), (1...86_400).contains(seconds), (9...3_600_000).contains(lifetime) else {
            throw VolumeError(
                .invalidInput,
                "allowed are 1 to 64 processes, 1 to 86400 seconds and a lifetime of 9 to 3600000 milliseconds",
                remedies: [.command("driver soak --help")]
            )
        }
    }

    func run(_ settings: Settings) async throws {
        if let worker, let scratch {
            let driver = try await driver.maker(settings, scratch: scratch)()
            try await soakWorker(driver, worker, scratch).run(for: .seconds(seconds))
        } else {
            try await supervise(settings)
        }
    }

    private func journal(_ worker: Int, _ scratch: String) -> String { "\(scratch)/journal-\(worker)" }

    private func soakWorker(_ driver: any VolumeDriver, _ worker: Int, _ scratch: String) -> SoakWorker {
        SoakWorker(driver, journal: journal(worker, scratch), scratchDirectory: scratch)
    }

    private func supervise(_ settings: Settings) async throws {
        let scratch = try ScratchSpace.make()
        defer { ScratchSpace.remove(scratch) }
        let make = try driver.maker(settings, scratch: scratch)
        let pool = try await make()
        let before = try await pool.list().count
        let kills = Tally()
        let work = Task { try await employ(scratch, kills) }
        let interruption = SoakInterruption(of: work)
        let outcome = await work.result
        if let signal = interruption.signal {
            if let leftBehind = await cleanUp(pool, before, scratch) {
                throw Self.unclean("the soak was interrupted by signal \(signal)", nil, leftBehind, driver.name)
            }
            Console.note(
                "interrupted by signal \(signal): the workers were ended and their volumes removed"
            )
            throw ExitCode(128 + signal)
        }
        do {
            try outcome.get()
        } catch let error as WorkerFailure {
            if let leftBehind = await cleanUp(pool, before, scratch) {
                throw Self.unclean("a worker of the soak failed", error.words, leftBehind, driver.name)
            }
            throw VolumeError(
                .driverFailed,
                "a worker of the soak failed",
                cause: error.words,
                aftermath: "the volumes of the workers were removed",
                remedies: [.command("driver check \(driver.name)")]
            )
        }
        var differences: [String] = []
        for worker in 0..<processes {
            differences += try await soakWorker(pool, worker, scratch).verify()
        }
        var acknowledged = 0
        for worker in 0..<processes {
            acknowledged += try await soakWorker(pool, worker, scratch).cleanUp()
        }
        let left = try await pool.list().count - before
        if left != 0 { differences.append("\(left) volumes are left in the list") }
        if acknowledged == 0 { differences.append("no call was acknowledged") }
        try Console.result(
            differences
                + [
                    "\(acknowledged) calls acknowledged, \(kills.count) kills in \(seconds) s: \(differences.count) differences"
                ]
        )
        if !differences.isEmpty { throw ExitCode.failure }
    }

    /// Runs workers until the time has passed or this task is cancelled.
    private func employ(_ scratch: String, _ kills: Tally) async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<processes {
                group.addTask { try await killAgainAndAgain(worker, until: end, scratch: scratch, kills: kills) }
            }
            try await group.waitForAll()
        }
    }

    /// Removes the workers' volumes. Returns what is left and why; `nil` if nothing is.
    private func cleanUp(_ pool: any VolumeDriver, _ before: Int, _ scratch: String) async -> String? {
        do {
            for worker in 0..<processes { _ = try await soakWorker(pool, worker, scratch).cleanUp() }
            let left = try await pool.list().count - before
            return left > 0 ? "\(left) volumes in the pool" : nil
        } catch {
            return "the workers' volumes, which can't be removed: \(error)"
        }
    }

    private static func unclean(_ what: String, _ cause: String?, _ leftBehind: String, _ driver: String) -> VolumeError
    {
        VolumeError(
            .revertIncomplete,
            what,
            cause: cause,
            aftermath: "LEFT BEHIND: \(leftBehind)",
            remedies: [.command("driver check \(driver)")]
        )
    }

    /// Repeatedly starts a worker and kills it at a random moment.
    private func killAgainAndAgain(
        _ worker: Int,
        until end: ContinuousClock.Instant,
        scratch: String,
        kills: Tally
    ) async throws {
        while ContinuousClock.now < end, !Task.isCancelled {
            let result = try await Subprocess.run(
                .path(FilePath(FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))),
                arguments: Arguments(
                    ["driver", "soak"] + driver.arguments
                        + ["--worker", "\(worker)", "--scratch", scratch, "--seconds", "\(seconds)"]
                ),
                input: .none,
                output: .discarded,
                error: .string(limit: 1 << 16)
            ) { execution in
                // Mostly after the worker has begun to work, however slow the machine is; sometimes during its start or
                // recovery.
                if Int.random(in: 0..<4) > 0 { await waitForGrowth(of: journal(worker, scratch)) }
                try? await Task.sleep(for: .milliseconds(Int.random(in: 0...lifetime)))
                try? execution.send(signal: .kill)
            }
            switch result.terminationStatus {
            case .signaled(SIGKILL): kills.add()
            case .exited(0): break
            case let status:
                throw WorkerFailure(
                    words: result.standardError.isEmpty ? "it ended with \(status)" : result.standardError
                )
            }
        }
    }
}

/// The output of a worker that ended without having been killed.
private struct WorkerFailure: Error {
    let words: String
}

/// Cancels the soak on a signal instead of ending the program at once.
private final class SoakInterruption: Sendable {
    private let received = Mutex<Int32?>(nil)

    /// The signal that was received, if any.
    var signal: Int32? { received.withLock { $0 } }

    init(of work: Task<Void, any Error>) {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            Foundation.signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { [self] in
                // The source is cancelled when its last reference is released.
                withExtendedLifetime(source) {}
                received.withLock { $0 = $0 ?? number }
                work.cancel()
            }
            source.resume()
        }
    }
}

/// Waits until the file grows, for at most half a minute.
private func waitForGrowth(of path: String) async {
    func size() -> UInt64 {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return attributes?[.size] as? UInt64 ?? 0
    }
    let before = size()
    for _ in 0..<3000 where size() == before { try? await Task.sleep(for: .milliseconds(10)) }
}

/// A counter that several tasks increment.
private final class Tally: Sendable {
    private let value = Mutex(0)

    func add() { value.withLock { $0 += 1 } }
    var count: Int { value.withLock { $0 } }
}
