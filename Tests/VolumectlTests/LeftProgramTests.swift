import Foundation
import TestKit
import Testing

/// A process is killed while a program of its driver works on a volume.
@Suite(.scratchDirectory)
struct LeftProgramTests {
    private let driver = GatedDriver()

    @Test func `a creation is continued after its program has ended, and there is one volume`() async throws {
        let variables = try driver.configure()
        try await driver.kill(in: "create", "create", "a", "1M", with: variables)
        // In any case it leaves the volume alone.
        expect(0, from: try await volumectl("flow", "ls", with: variables))
        #expect(try driver.log == ["create begins"])
        try driver.open("create")
        try await eventually { try await volumectl("ls", with: variables).output.contains("available") }
        let calls = try driver.log
        #expect(calls.prefix(2) == ["create begins", "create ends"], "\(calls)")
        #expect(try driver.volumes.count == 1)
        expect(0, from: try await volumectl("rm", "a", "-y", with: variables))
        #expect(try driver.volumes.isEmpty)
    }

    @Test func `a removal is continued after its program has ended, and nothing is left`() async throws {
        let variables = try driver.configure()
        expect(0, from: try await volumectl("create", "a", "1M", with: variables))
        try await driver.kill(in: "delete", "rm", "a", "-y", with: variables)
        expect(0, from: try await volumectl("ls", with: variables))
        #expect(try driver.log.last == "delete begins")
        #expect(try driver.volumes.count == 1)
        try driver.open("delete")
        try await eventually { try await volumectl("ls", "-o", "json", with: variables).output == "[]\n" }
        #expect(try driver.volumes.isEmpty)
        let quota: QuotaRecord = try await volumectl("quota", "show", "-o", "json", with: variables).json()
        #expect(quota.volumes.inUse == 0 && quota.volumes.reserved == 0)
    }

    @Test func `a program whose caller has died is ended after its time limit`() async throws {
        let variables = try driver.configure(timeLimit: 60)
        let process = try await driver.kill(in: "create", "create", "a", "1M", with: variables)
        try driver.open("create", exceptFor: process)
        try await eventually { try await volumectl("ls", with: variables).output.contains("available") }
        #expect(!Scratch.exists("/proc/\(process)/exe"))
        #expect(try driver.log == ["create begins", "create begins", "create ends"])
        #expect(try driver.volumes.count == 1)
    }

    @Test func `a waiting command starts one process for it, however long that process waits`() async throws {
        let variables = try driver.configure()
        try await driver.kill(in: "create", "create", "a", "1M", with: variables)
        let flow = try await volumectl("flow", "ls", "-q", "--no-recover", with: variables).line
        expect(9, from: try await volumectl("flow", "wait", flow, "--timeout", "4s", "--no-recover", with: variables))
        #expect(try processes(for: flow) <= 1)
        try driver.open("create")
        expect(0, from: try await volumectl("flow", "wait", flow, with: variables))
    }

    @Test func `however many commands run meanwhile, one process waits for a program that was left behind`()
        async throws
    {
        let variables = try driver.configure()
        try await driver.kill(in: "create", "create", "a", "1M", with: variables)
        for _ in 0..<3 { expect(0, from: try await volumectl("ls", with: variables)) }
        let looked = try await volumectl("ls", with: variables)
        #expect(looked.errors.contains("another process waits for its end"), "\(looked)")
        try driver.open("create")
        try await eventually { try await volumectl("ls", with: variables).output.contains("available") }
    }

    /// How many processes of this system run a flow, or wait to do so.
    private func processes(for flow: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc")
            .count {
                (try? String(contentsOfFile: "/proc/\($0)/cmdline", encoding: .utf8))?.contains("resume\0\(flow)")
                    == true
            }
    }

    @Test func `a command whose time is over does not wait for a recovery, which goes on alone`() async throws {
        let variables = try driver.configure()
        try await driver.kill(in: "create", "create", "a", "1M", with: variables)
        try driver.open("create")
        let run = try await volumectl("create", "b", "1M", "--timeout", "0s", with: variables)
        expect(9, from: run)
        #expect(run.errors.contains("goes on recovering") && !run.errors.contains("recovered flow"), "\(run)")
        try await eventually { try await volumectl("ls", with: variables).output.contains("available") }
    }
}
