import ArgumentParser
import Dispatch
import Foundation
import PostgreSQL
import SQL
import SQLStore
import Synchronization
import TaskFlow

/// A process that holds a flow of some calls, each of which it notes in a file; or waits until such a flow is abandoned,
/// takes it over and ends it. It prints the outcome: the flow's state, or the kind of error that stopped it.
@main
struct OwnerChild: AsyncParsableCommand {
    @Argument(help: "The URI of the database.") var server: String
    @Argument(help: "The file to which lines are added: what happens, the process and the seconds since boot.")
    var notes: String
    @Option(help: "The file of this host's locks.") var hostFile: String?
    @Option(help: "The duration of the lease in milliseconds.") var lease = 15_000
    @Option(help: "The number of calls.") var calls = 3
    @Option(help: "The duration of each call in milliseconds.") var pause = 100
    @Option(help: "The call that waits until another process has noted 'claimed' or 'continue'; 0 for none.")
    var waitAt = 0
    @Option(help: "The number of the commit after which to stop, as by SIGSTOP; 0 for never.") var stopAfter = 0
    @Flag(help: "Let each call block all threads of Swift's pool.") var blocks = false
    @Flag(help: "Take over a flow instead of starting one.") var takesOver = false

    func run() async throws {
        let (notes, stopAfter, commits) = (Notes(path: notes), stopAfter, Counter())
        let database = try PostgreSQLDatabase(
            ServerAddress(server),
            hostFile: hostFile,
            terms: LeaseTerms(.milliseconds(lease)),
            observer: { moment in
                guard moment == .after, commits.next() == stopAfter else { return }
                notes.add("stopped")
                // Stops the whole process before anything else happens.
                raise(SIGSTOP)
                notes.add("continued")
            }
        )
        let store = try SQLStore(database)
        let flow = try flow(notes)
        do {
            let engine =
                takesOver
                ? try await takeOver(flow, in: store, notes) : try Engine(flow, request: Nothing(), in: store)
            if takesOver { notes.add("claimed") }
            print(try await engine.advance().rawValue)
        } catch let error as SQLError {
            print(error.code)
        } catch is ClaimLost {
            print("claim-lost")
        }
        await database.close()
    }

    private func flow(_ notes: Notes) throws -> Flow<Nothing> {
        let (pause, blocks, waitAt) = (pause, blocks, waitAt)
        return try Flow("calls", taking: Nothing.self) {
            for number in 1...calls {
                Step("call-\(number)") {
                    notes.add("begin-\(number)")
                    while number == waitAt, !notes.allowsToGoOn { try await Task.sleep(for: .milliseconds(10)) }
                    if blocks { blockPool(for: pause) } else { try? await Task.sleep(for: .milliseconds(pause)) }
                    notes.add("end-\(number)")
                }
            }
        }
    }

    private func takeOver(_ flow: Flow<Nothing>, in store: SQLStore, _ notes: Notes) async throws -> Engine<SQLStore> {
        notes.add("waiting")
        while true {
            do {
                if let found = try await store.abandoned().first {
                    return try await Engine(resuming: found.id, with: flow.recipe, in: store)
                }
            } catch is ClaimRefused {}
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

/// Blocks every thread of Swift's pool for some milliseconds.
private func blockPool(for milliseconds: Int) {
    let blocked = DispatchGroup()
    for _ in 0..<2 * ProcessInfo.processInfo.processorCount {
        blocked.enter()
        Task.detached {
            usleep(UInt32(milliseconds) * 1000)
            blocked.leave()
        }
    }
    blocked.wait()
}

/// A file to which processes add lines.
private struct Notes: Sendable {
    let path: String

    var allowsToGoOn: Bool {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").contains { $0.hasPrefix("claimed ") || $0.hasPrefix("continue ") }
    }

    func add(_ what: String) {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        let line = "\(what) \(getpid()) \(time.tv_sec * 1_000_000_000 + time.tv_nsec)\n"
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        // One write, so that the lines of several processes don't mix.
        _ = line.utf8CString.withUnsafeBytes { write(file, $0.baseAddress, $0.count - 1) }
        close(file)
    }
}

private final class Counter: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
