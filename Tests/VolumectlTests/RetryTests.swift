import Foundation
import Glibc
import SQL
import SQLStore
import TestKit
import Testing

/// Retries that are interrupted or not waited for, and a database that another process is writing.
@Suite(.scratchDirectory)
struct RetryTests {
    private let driver = GatedDriver()

    /// Creates a volume in status `error` with its data, and returns its flow.
    private func leaveBehind(_ name: String, _ variables: [String: String]) async throws -> String {
        for operation in ["create", "inspect", "delete"] { try driver.breakDown(operation) }
        expect(8, from: try await volumectl("create", name, "1M", with: variables))
        for operation in ["create", "inspect", "delete"] { try driver.repair(operation) }
        return try #require(try await volumectl("flow", "ls", "-q", with: variables).lines.first)
    }

    @Test func `a retry outlives the time limit of its command`() async throws {
        let variables = try driver.configure()
        let flow = try await leaveBehind("a", variables)
        try driver.close("delete")
        let retry = try await volumectl("flow", "retry", flow, "--timeout", "200ms", with: variables)
        expect(9, from: retry)
        #expect(try retry.error.aftermath.hasPrefix("still running"))
        try await driver.arrival(at: "delete")
        let again = try await volumectl("flow", "retry", flow, with: variables)
        expect(4, from: again)
        #expect(try again.error.remedies == ["volumectl flow wait \(flow)"])
        expect(9, from: try await volumectl("rm", "a", "-y", "--timeout", "100ms", with: variables))
        try driver.open("delete")
        expect(7, from: try await volumectl("flow", "wait", flow, with: variables))
        #expect(try await volumectl("ls", "-q", with: variables).lines.isEmpty)
        #expect(try driver.volumes.isEmpty)
    }

    @Test(arguments: [true, false])
    func `a retry that is interrupted goes on to its end, and says so`(byRemoval: Bool) async throws {
        let variables = try driver.configure()
        let flow = try await leaveBehind("a", variables)
        try driver.close("delete")
        let retry = try Background(byRemoval ? ["rm", "a", "-y"] : ["flow", "retry", flow], with: variables)
        try await driver.arrival(at: "delete")
        retry.send(SIGINT)
        try await retry.says("that has begun can't be taken back: waiting for its end")
        try driver.open("delete")
        #expect(await retry.status() == 0)
        #expect(try driver.volumes.isEmpty)
    }

    @Test func `a retry that is interrupted twice goes on in another process`() async throws {
        let variables = try driver.configure()
        let flow = try await leaveBehind("a", variables)
        try driver.close("delete")
        let retry = try Background("flow", "retry", flow, with: variables)
        try await driver.arrival(at: "delete")
        retry.send(SIGINT)
        try await retry.says("can't be taken back")
        retry.send(SIGINT)
        #expect(await retry.status() == 130)
        #expect(try retry.errors.contains("detached: flow \(flow) goes on in another process"))
        try driver.open("delete")
        expect(7, from: try await volumectl("flow", "wait", flow, with: variables))
        #expect(try driver.volumes.isEmpty)
    }

    @Test func `a process that resumes a flow can be ended, and prints what happens to the flow`() async throws {
        let variables = try driver.configure()
        try driver.close("create")
        let create = try Background("create", "a", "1M", with: variables)
        try await driver.arrival(at: "create")
        let flow = try await volumectl("flow", "ls", "-q", "--no-recover", with: variables).line
        let limited = try await volumectl("flow", "resume", flow, "--timeout", "200ms", with: variables)
        expect(9, from: limited)
        let resume = try Background("flow", "resume", flow, with: variables)
        try await Task.sleep(for: .milliseconds(500))
        resume.send(SIGTERM)
        if let status = await resume.status() { #expect(status == 143) }
        try driver.open("create")
        #expect(await create.status() == 0)
    }

    @Test func `no request waits for the database beyond its time limit, or starts after it`() async throws {
        try await volumectl("create", "a", "1M")
        let store = try SQLStore(TestDatabase.open(Scratch.database))
        let (isHeld, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let writer = Task {
            try await store.transact { transaction in
                try transaction.connection.executeScript("UPDATE volume SET updated_at = updated_at")
                isHeld.signal()
                mayEnd.wait()
            }
        }
        await withCheckedContinuation { continuation in
            DispatchQueue.global()
                .async {
                    isHeld.wait()
                    continuation.resume()
                }
        }
        for words in [["create", "b", "1M"], ["rm", "a", "-y"]] {
            let run = try await volumectl(words + ["--timeout", "200ms"])
            expect(9, from: run)
            #expect(try run.error.aftermath == "nothing was changed")
        }
        mayEnd.signal()
        try await writer.value
        #expect(try await volumectl("ls", "--no-headers").line.hasPrefix("a "))
        #expect(try await volumectl("flow", "ls", "-q").lines.count == 1)
    }
}
