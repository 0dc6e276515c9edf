import Foundation
import Testing

/// A process is killed while a program of its driver works on a volume.
@Suite(.scratchDirectory)
struct LeftProgramTests {
    private let driver = HeldDriver()

    @Test func `a creation is taken up when its program has ended, and there is one volume`() async throws {
        let variables = try driver.configure()
        try await driver.kill(in: "create", ["create", "a", "1M"], variables)
        async let next = volumectl("flow", "ls", with: variables)
        // Whatever it does meanwhile, it leaves the volume alone.
        try await Task.sleep(for: .milliseconds(500))
        #expect(try driver.log == ["create begins"])
        try driver.release("create")
        expect(0, from: try await next)
        try await driver.until { try await volumectl("ls", with: variables).output.contains("available") }
        let calls = try driver.log
        #expect(calls.prefix(2) == ["create begins", "create ends"], "\(calls)")
        #expect(driver.volumes.count == 1)
        expect(0, from: try await volumectl("rm", "a", "-y", with: variables))
        #expect(driver.volumes.isEmpty)
    }

    @Test func `a removal is taken up when its program has ended, and nothing is left`() async throws {
        let variables = try driver.configure()
        expect(0, from: try await volumectl("create", "a", "1M", with: variables))
        try await driver.kill(in: "delete", ["rm", "a", "-y"], variables)
        async let next = volumectl("ls", with: variables)
        try await Task.sleep(for: .milliseconds(500))
        #expect(try driver.log.last == "delete begins")
        #expect(driver.volumes.count == 1)
        try driver.release("delete")
        expect(0, from: try await next)
        try await driver.until { try await volumectl("ls", "-o", "json", with: variables).output == "[]\n" }
        #expect(driver.volumes.isEmpty)
        let quota: QuotaRecord = try await volumectl("quota", "show", "-o", "json", with: variables).json()
        #expect(quota.volumes.inUse == 0 && quota.volumes.reserved == 0)
    }

    @Test func `a program that nobody is there to end is ended after its time limit`() async throws {
        let variables = try driver.configure(timeLimit: 20)
        try await driver.kill(in: "create", ["create", "a", "1M"], variables)
        let process = try String(contentsOfFile: driver.pool + "/inside-create", encoding: .utf8)
        // Only the first call hangs; that it goes on waiting is what is told apart by its process.
        try FileManager.default.moveItem(atPath: driver.pool + "/hold-create", toPath: driver.pool + "/held-\(process)")
        try await driver.until { try await volumectl("ls", with: variables).output.contains("available") }
        #expect(!Scratch.exists("/proc/\(process)/exe"))
        #expect(try driver.log == ["create begins", "create begins", "create ends"])
        #expect(driver.volumes.count == 1)
    }
}
