import DirectoryStore
import Foundation
import Identity
import Subprocess
import TaskFlow
import TestKit
import Testing

/// Several stores on one directory, and processes that die.
@Suite(.scratchDirectory)
struct ProcessTests {
    @Test func `the commits of one store are visible in another`() async throws {
        let (one, other) = (
            try DirectoryStore(path: ScratchDirectory.store), try DirectoryStore(path: ScratchDirectory.store)
        )
        let id = FlowID.random()
        try await one.transact { try $0.insert(detail(id)) }
        #expect(try await other.load(id) != nil)
        let error = await #expect(throws: ClaimRefused.self) { try await other.claim(id) }
        #expect(error?.reason == .held(by: "process \(ProcessInfo.processInfo.processIdentifier)"))
        #expect(try await other.abandoned().isEmpty)
    }

    @Test func `stores that open a fresh directory at once all succeed`() async throws {
        for round in 1...5 {
            let path = "\(ScratchDirectory.store)-\(round)"
            let stores = try await withThrowingTaskGroup { group in
                for _ in 1...8 { group.addTask { try DirectoryStore(path: path) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try await withThrowingTaskGroup { group in
                for store in stores { group.addTask { try await store.transact { try $0.insert(detail()) } } }
                try await group.waitForAll()
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/flows").count == 8)
        }
    }

    @Test func `two stores that write to one run at once lose nothing`() async throws {
        let stores = [
            try DirectoryStore(path: ScratchDirectory.store), try DirectoryStore(path: ScratchDirectory.store),
        ]
        let id = FlowID.random()
        try await stores[0].transact { try $0.insert(detail(id)) }
        try await withThrowingTaskGroup { group in
            for number in 1...20 {
                for store in stores {
                    group.addTask {
                        let entry = JournalEntry(atom: "\(number)", state: .running, startedAt: .now, at: .now)
                        try await store.transact { try $0.append([entry], after: 0, to: id) }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await stores[1].load(id)?.journal.count == 40)
    }

    @Test func `a run of another process is its own while it lives, and free when it is killed`() async throws {
        let store = try DirectoryStore(path: ScratchDirectory.store)
        let child = try await run(
            .path(Child.executable),
            arguments: [ScratchDirectory.store, "hold", "0"],
            input: .none,
            output: .sequence,
            error: .discarded
        ) { execution in
            var words = execution.standardOutput.strings().makeAsyncIterator()
            let id = try #require(FlowID(try await words.next() ?? ""))
            let error = await #expect(throws: ClaimRefused.self) { try await store.claim(id) }
            #expect(error?.reason == .held(by: "process \(execution.processIdentifier.value)"))
            #expect(try await store.abandoned().isEmpty)
            try execution.send(signal: .kill)
            return id
        }
        let id = child.closureResult
        #expect(try await store.abandoned().map(\.id) == [id])
        try await Engine(resuming: id, with: childFlow().recipe, in: store).run()
        #expect(try await store.load(id)?.detail.state == .success)
    }

    @Test func `a process that is killed at any step leaves a transaction on two runs whole or not at all`()
        async throws
    {
        var (step, seen) = (1, Set<[Int]>())
        while true {
            let directory = "\(ScratchDirectory.store)-\(step)"
            let isKilled = try await Child.isKilled(in: directory, "pair", at: step)
            let store = try DirectoryStore(path: directory)
            let journals = try await store.abandoned().asyncMap { try await store.load($0.id)?.journal.count ?? 0 }
            #expect([[], [0, 0], [1, 1]].contains(journals), "killed before step \(step)")
            seen.insert(journals)
            #expect(try leftovers(in: directory).isEmpty, "killed before step \(step)")
            guard isKilled else { break }
            step += 1
        }
        #expect(seen == [[], [0, 0], [1, 1]])
        #expect(step > 20)
    }

    @Test func `a flow whose process is killed at any step is carried on by another`() async throws {
        var step = 1
        while true {
            let directory = "\(ScratchDirectory.store)-\(step)"
            let isKilled = try await Child.isKilled(in: directory, "flow", at: step)
            let store = try DirectoryStore(path: directory)
            for flow in try await store.abandoned() {
                try await Engine(resuming: flow.id, with: childFlow().recipe, in: store).run()
                #expect(try await store.load(flow.id)?.detail.state == .success)
            }
            #expect(try await store.abandoned().isEmpty)
            #expect(try leftovers(in: directory).isEmpty, "killed before step \(step)")
            guard isKilled else { break }
            step += 1
        }
        #expect(step > 20)
    }

    /// The temporary files in the directory.
    private func leftovers(in directory: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: directory)
            .filter { $0.hasSuffix(".new") || $0 == "commit.json" }
    }
}

extension Array where Element: Sendable {
    fileprivate func asyncMap<Result: Sendable>(_ transform: (Element) async throws -> Result) async rethrows
        -> [Result]
    {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
