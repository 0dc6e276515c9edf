import DirectoryStore
import TaskFlow

// Runs that are kept on disk, in a logbook: the first fails, the second, in a later session, does not.

struct PersistenceExample: Example {
    static let name = "persistence-example"

    struct Hi: RevertibleTask {
        static let name = "hi"

        func execute(_ input: Nothing) async throws -> Nothing {
            print("Hi!")
            return Nothing()
        }

        func revert(_ input: Nothing, after outcome: Outcome<Nothing>) async throws {
            print("Whooops, said hi too early, take that back!")
        }
    }

    struct Bye: FlowTask {
        static let name = "bye"
        let blowsUp: Bool

        func execute(_ input: Nothing) async throws -> Nothing {
            if blowsUp { throw Unlucky() }
            print("Bye!")
            return Nothing()
        }
    }

    struct Unlucky: Error, CustomStringConvertible {
        var description: String { "no luck" }
    }

    func run() async throws {
        try await withDirectory { path in
            try await session(in: path)
            try await session(in: path)
        }
    }

    /// One session of the program.
    func session(in path: String) async throws {
        let store = try DirectoryStore(path: "\(path)/runs")
        let stored = try await store.books().first
        let book = stored ?? LogBook(name: "my-test")
        if stored == nil { try await store.save(book) }

        print("Running")
        let flow = try Flow("hello-world") {
            Hi()
            Bye(blowsUp: stored == nil)
        }
        let engine = try Engine(flow, request: Nothing(), book: book.id, in: store)
        do { try await engine.run() } catch let error as Unlucky { print("It failed: \(error)") }

        print("Contents of the book '\(book.name)'")
        for run in try await store.flows(in: book.id) {
            guard let (detail, journal) = try await store.load(run.id) else { continue }
            print("  \(detail.name): \(detail.state.rawValue)")
            // All of it, with ids and times, is in the record's description.
            for atom in FlowRecord(detail, journal: journal).atoms {
                print("    \(atom.name): \(atom.state.rawValue)\(atom.failure.map { " (\($0.message))" } ?? "")")
            }
        }
    }
}
