import Foundation
import TestKit
import Testing

/// Signals, time limits and other processes while a driver is at work.
@Suite(.scratchDirectory)
struct InterruptionTests {
    private let driver = GatedDriver()

    /// The id of the newest flow.
    private func flow(_ variables: [String: String]) async throws -> String {
        try #require(try await volumectl("flow", "ls", "-q", "--no-recover", with: variables).lines.first)
    }

    private func expectNothing(_ variables: [String: String]) async throws {
        #expect(try await volumectl("ls", "-q", with: variables).lines.isEmpty)
        #expect(try driver.volumes.isEmpty)
        let quota: QuotaRecord = try await volumectl("quota", "show", "-o", "json", with: variables).json()
        #expect(quota.volumes.inUse == 0 && quota.volumes.reserved == 0)
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
    func `a creation that is interrupted is reverted, and says so`(signal: Int32, status: Int32) async throws {
        let variables = try driver.configure()
        try driver.close("create")
        let create = try Background("create", "a", "1M", with: variables)
        try await driver.arrival(at: "create")
        create.send(signal)
        #expect(await create.status() == status)
        #expect(try create.output.isEmpty)
        #expect(try create.errors.contains("reverting, press Ctrl-C again to detach (flow "))
        #expect(try create.errors.contains("nothing was left behind"))
        try driver.open("create")
        try await expectNothing(variables)
        let shown: FlowRecord = try await volumectl("flow", "show", flow(variables), "-o", "json", with: variables)
            .json()
        #expect(shown.state == "reverted" && shown.steps?.contains { $0.step == "cancel" } == true)
        // The process of the step has not died.
        let told = try await volumectl("event", "ls", "-o", "json", with: variables).output
        #expect(told.contains("it was interrupted while it was running") && !told.contains("died"))
    }

    @Test func `a creation that is interrupted twice goes on reverting in another process`() async throws {
        let variables = try driver.configure()
        for operation in ["create", "delete"] { try driver.close(operation) }
        let create = try Background("create", "a", "1M", with: variables)
        try await driver.arrival(at: "create")
        create.send(SIGINT)
        try await driver.arrival(at: "delete")
        create.send(SIGINT)
        #expect(await create.status() == 130)
        let flow = try await flow(variables)
        #expect(try create.errors.contains("detached: flow \(flow) goes on in another process"))
        for operation in ["create", "delete"] { try driver.open(operation) }
        expect(7, from: try await volumectl("flow", "wait", flow, with: variables))
        try await expectNothing(variables)
    }

    @Test func `a creation that was cancelled and killed is reverted, not finished`() async throws {
        let variables = try driver.configure()
        try driver.close("create")
        let create = try Background("create", "a", "1M", with: variables)
        try await driver.arrival(at: "create")
        let flow = try await flow(variables)
        create.send(SIGSTOP)
        expect(0, from: try await volumectl("flow", "cancel", flow, "--no-wait", with: variables))
        create.send(SIGKILL)
        #expect(await create.status() == nil)
        try driver.open("create")
        let waited = try await volumectl("flow", "wait", flow, with: variables)
        expect(7, from: waited)
        #expect(waited.errors.contains("it was cancelled"), "\(waited)")
        try await expectNothing(variables)
    }

    @Test func `a flow is cancelled from another process`() async throws {
        let variables = try driver.configure()
        try driver.close("create")
        let create = try Background("create", "a", "1M", with: variables)
        try await driver.arrival(at: "create")
        let flow = try await flow(variables)
        let cancelled = try await volumectl("flow", "cancel", flow, with: variables)
        expect(0, from: cancelled)
        #expect(try cancelled.line == "flow \(flow): cancelled, nothing was left behind")
        #expect(await create.status() == 7)
        #expect(try create.errors.contains("it was cancelled"))
        let again = try await volumectl("flow", "cancel", flow, with: variables)
        expect(4, from: again)
        try await expectAccepted(again.error.remedies)
        try await expectNothing(variables)
    }

    @Test func `a removal that has begun can't be taken back, and says so`() async throws {
        let variables = try driver.configure()
        for name in ["a", "b"] { try await volumectl("create", name, "1M", with: variables) }
        try driver.close("delete")
        let remove = try Background("rm", "a", "b", "-y", with: variables)
        try await driver.arrival(at: "delete")
        let refused = try await volumectl("flow", "cancel", flow(variables), with: variables)
        expect(4, from: refused)
        try await expectAccepted(refused.error.remedies)
        remove.send(SIGINT)
        try await remove.says("can't be taken back")
        try driver.open("delete")
        #expect(await remove.status() == 130)
        #expect(try remove.output.hasPrefix("a  1 MiB  pool gated  deleted"))
        #expect(try remove.errors.contains("not removed: b"))
        #expect(try await volumectl("ls", "--no-headers", with: variables).line.hasPrefix("b "))
    }

    @Test func `a flow outlives the time limit of its command`() async throws {
        let variables = try driver.configure()
        try driver.close("create")
        let create = try await volumectl("create", "a", "1M", "--timeout", "200ms", with: variables)
        expect(9, from: create)
        #expect(try create.error.aftermath.hasPrefix("still running"))
        try await expectAccepted(create.error.remedies)
        let flow = try await flow(variables)
        try await driver.arrival(at: "create")
        expect(9, from: try await volumectl("flow", "wait", flow, "--timeout", "100ms", with: variables))
        try driver.open("create")
        expect(0, from: try await volumectl("flow", "wait", flow, with: variables))
        #expect(try await volumectl("ls", "--no-headers", with: variables).line.hasPrefix("a "))
        #expect(try driver.volumes.count == 1)
    }

    @Test func `a flow is reverted after the time limit if requested`() async throws {
        let variables = try driver.configure()
        try driver.close("create")
        expect(
            7,
            from: try await volumectl("create", "a", "1M", "--timeout", "200ms", "--cancel-on-timeout", with: variables)
        )
        try driver.open("create")
        try await expectNothing(variables)
    }

    @Test func `a request without waiting is durable when its command returns`() async throws {
        let variables = try driver.configure()
        try driver.close("create")
        let flow = try await volumectl("create", "a", "1M", "--no-wait", "-q", with: variables).line
        let volume: VolumeRecord = try await volumectl("show", "a", "-o", "json", with: variables).json()
        #expect(volume.flow == flow && volume.status == "creating")
        try driver.open("create")
        expect(0, from: try await volumectl("flow", "wait", flow, with: variables))
        try driver.close("delete")
        let removal = try await volumectl("rm", "a", "-y", "--no-wait", "-q", with: variables).line
        try await driver.arrival(at: "delete")
        try driver.open("delete")
        expect(0, from: try await volumectl("flow", "wait", removal, with: variables))
        try await expectNothing(variables)
    }

    @Test func `an exceeded quota is reported at once, waiting or not`() async throws {
        let variables = try driver.configure().merging(["VOLUMECTL_QUOTA_VOLUMES": "0"]) { $1 }
        expect(5, from: try await volumectl("create", "a", "1M", "--no-wait", with: variables))
        expect(5, from: try await volumectl("create", "a", "1M", "--timeout", "1h", with: variables))
    }

    @Test func `the same request beside the first waits for it, and another is refused at once`() async throws {
        let variables = try driver.configure()
        try driver.close("create")
        let first = try Background("create", "a", "1M", with: variables)
        try await driver.arrival(at: "create")
        let second = try Background("create", "a", "1M", with: variables)
        try await second.says("note: waiting for flow ")
        expect(4, from: try await volumectl("create", "a", "2M", with: variables))
        try driver.open("create")
        #expect(await first.status() == 0)
        #expect(await second.status() == 0)
        #expect(try second.errors.contains("already exists"))

        try driver.close("delete")
        let removal = try Background("rm", "a", "-y", with: variables)
        try await driver.arrival(at: "delete")
        let beside = try Background("rm", "a", "-y", with: variables)
        try await beside.says("note: waiting for flow ")
        try driver.open("delete")
        #expect(await removal.status() == 0)
        #expect(await beside.status() == 0)
        try await expectNothing(variables)
    }

    @Test func `a request that waits for a cancelled one creates the volume`() async throws {
        let variables = try driver.configure()
        try driver.close("create")
        let first = try Background("create", "a", "1M", with: variables)
        try await driver.arrival(at: "create")
        let second = try Background("create", "a", "1M", with: variables)
        try await second.says("note: waiting for flow ")
        first.send(SIGINT)
        #expect(await first.status() == 130)
        try driver.open("create")
        #expect(await second.status() == 0)
        #expect(try await volumectl("ls", "--no-headers", with: variables).line.hasPrefix("a "))
    }

    @Test func `a read-only command does not wait for a driver that recovery waits for`() async throws {
        let variables = try driver.configure()
        try driver.close("create")
        let create = try Background("create", "a", "1M", with: variables)
        try await driver.arrival(at: "create")
        let flow = try await flow(variables)
        create.send(SIGKILL)
        #expect(await create.status() == nil)
        // The gate is still closed: if the command waited for the driver, it would never end.
        let looked = try await volumectl("ls", with: variables)
        expect(0, from: looked)
        #expect(looked.lines.last?.contains("creating") == true)
        expect(9, from: try await volumectl("flow", "wait", flow, "--timeout", "100ms", with: variables))
        try driver.open("create")
        expect(0, from: try await volumectl("flow", "wait", flow, with: variables))
        #expect(try await volumectl("ls", "--no-headers", with: variables).line.contains("available"))
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
    func `a soak that is interrupted removes what its workers made, and says so`(signal: Int32, status: Int32)
        async throws
    {
        let pool = ScratchDirectory.path + "/soaked"
        let temporary = ScratchDirectory.path + "/temporary"
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
        let soak = try Background(
            ["driver", "soak", "loopback", "--seconds", "3600", "--path", pool],
            with: ["TMPDIR": temporary]
        )
        try await eventually { !Scratch.volumeFiles(in: pool).isEmpty }
        soak.send(signal)
        #expect(await soak.status() == status)
        #expect(try soak.output.isEmpty)
        let words = "interrupted by signal \(signal): the workers were ended and their volumes removed\n"
        #expect(try soak.errors.hasSuffix(words))
        #expect(Scratch.volumeFiles(in: pool).isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary).isEmpty)
        // A worker has the pool's path among its arguments.
        let commands = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }
            .compactMap { try? String(contentsOfFile: "/proc/\($0)/cmdline", encoding: .utf8) }
        #expect(commands.allSatisfy { !$0.contains(pool) })
    }
}
