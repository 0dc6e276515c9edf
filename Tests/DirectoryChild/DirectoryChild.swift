import DirectoryStore
import Foundation
import Identity
import Synchronization
import TaskFlow

/// A process that does one thing to a store in a directory, and is killed before the step of the file system that it is
/// told, counted from one: `directory-child DIRECTORY pair|flow|hold STEP`.
@main
struct DirectoryChild {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let (directory, action, end) = (arguments[1], arguments[2], Int(arguments[3]) ?? 0)
        let steps = Atomic(0)
        let store = try DirectoryStore(path: directory) {
            guard steps.add(1, ordering: .relaxed).newValue == end else { return }
            kill(getpid(), SIGKILL)
            while true { pause() }
        }
        switch action {
        case "pair": try await pair(in: store)
        case "flow": try await flow(in: store)
        default: try await hold(in: store)
        }
    }

    /// Inserts two runs in one transaction and adds to both in another.
    static func pair(in store: DirectoryStore) async throws {
        let ids = [FlowID.random(), .random()]
        let now = Date()
        let details = ids.map { id in
            FlowDetail(
                id: id,
                name: "pair",
                version: 1,
                subject: "",
                request: "{}",
                state: .running,
                createdAt: now,
                updatedAt: now
            )
        }
        try await store.transact { transaction in
            for detail in details { try transaction.insert(detail) }
        }
        try await store.transact { transaction in
            let entry = JournalEntry(atom: "a", state: .running, startedAt: now, at: now)
            for id in ids { try transaction.append([entry], after: 0, to: id) }
        }
    }

    /// Runs a flow.
    static func flow(in store: DirectoryStore) async throws {
        try await Engine(childFlow(), request: Nothing(), in: store).run()
    }

    /// Inserts a run, says so, and holds it until the process is killed.
    static func hold(in store: DirectoryStore) async throws {
        let now = Date()
        let detail = FlowDetail(
            id: .random(),
            name: "child",
            version: 1,
            subject: "",
            request: "{}",
            state: .running,
            createdAt: now,
            updatedAt: now
        )
        try await store.transact { try $0.insert(detail) }
        try FileHandle.standardOutput.write(contentsOf: Data("\(detail.id)\n".utf8))
        try await Task.sleep(for: .seconds(600))
    }
}

/// Two steps that touch the world, if only in name.
func childFlow() throws -> Flow<Nothing> {
    try Flow("child") {
        Step(Nap(), named: "a")
        Step(Nap(), named: "b")
    }
}

struct Nap: FlowTask {
    static let name = "nap"
    func execute(_ input: Nothing) async throws -> Nothing { input }
}
