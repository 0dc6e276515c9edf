import Foundation
import TestKit
import Testing

/// `volumed`, the worker of a host, beside commands on another host.
@Suite(.scratchDirectory)
struct WorkerTests {
    @Test func `a worker that is killed in mid-create is followed by one that ends it, while the caller waits`()
        async throws
    {
        let fleet = try Fleet()
        let first = try await fleet.work(as: fleet.beta)
        try fleet.driver.close("create")
        let caller = try Background("create", "data", "1M", "--pool", "gated", with: fleet.alpha)
        try await fleet.driver.arrival(at: "create")
        first.send(SIGKILL)
        #expect(await first.status() == nil)
        try fleet.driver.open("create")
        let second = try await fleet.work(as: fleet.beta)
        #expect(await caller.status() == 0)
        #expect(try caller.output.contains("pool gated@beta"))
        #expect(try fleet.driver.volumes.count == 1)
        second.send(SIGTERM)
        #expect(await second.status() == 0)
        #expect(try second.errors.contains("taken up, which was in create-on-driver"))
    }

    @Test func `SIGTERM lets a worker end its step and hand back the rest, and a second one ends it at once`()
        async throws
    {
        let fleet = try Fleet()
        let first = try await fleet.work(as: fleet.beta)
        try fleet.driver.close("create")
        let caller = try Background("create", "data", "1M", "--pool", "gated@beta", with: fleet.alpha)
        try await fleet.driver.arrival(at: "create")
        first.send(SIGTERM)
        try await first.says("stopping")
        try fleet.driver.open("create")
        #expect(await first.status() == 0)
        let workers: [WorkerRecord] = try await volumectl("worker", "ls", "-o", "json", with: fleet.alpha).json()
        #expect(workers.map(\.host) == ["beta"] && workers.map(\.state) == ["stopped"])

        let second = try await fleet.work(as: fleet.beta)
        #expect(await caller.status() == 0)
        try fleet.driver.close("delete")
        let removal = try Background("rm", "data", "-y", with: fleet.alpha)
        try await fleet.driver.arrival(at: "delete")
        second.send(SIGTERM)
        try await second.says("stopping")
        second.send(SIGTERM)
        #expect(await second.status() == 143)
        try fleet.driver.open("delete")
        let third = try await fleet.work(as: fleet.beta)
        #expect(await removal.status() == 0)
        #expect(try fleet.driver.volumes.isEmpty)
        third.send(SIGINT)
        #expect(await third.status() == 0)
    }

    @Test func `a caller that is killed while it waits changes nothing for the worker`() async throws {
        let fleet = try Fleet()
        let worker = try await fleet.work(as: fleet.beta)
        try fleet.driver.close("create")
        let caller = try Background("create", "data", "1M", "--pool", "gated@beta", with: fleet.alpha)
        try await fleet.driver.arrival(at: "create")
        caller.send(SIGKILL)
        #expect(await caller.status() == nil)
        try fleet.driver.open("create")
        try await everyFlowSucceeds(of: 1, with: fleet.alpha)
        #expect(try fleet.driver.volumes.count == 1)
        worker.send(SIGTERM)
        #expect(await worker.status() == 0)
    }

    @Test func `a create that is out of time while its host is at work is still running, and comes to its end`()
        async throws
    {
        let fleet = try Fleet()
        let worker = try await fleet.work(as: fleet.beta)
        try fleet.driver.close("create")
        let late = try await volumectl(
            "create",
            "data",
            "1M",
            "--pool",
            "gated@beta",
            "--timeout",
            "1s",
            with: fleet.alpha
        )
        #expect(late.status == 9 && late.errors.contains("still running: the flow goes on"))
        try await fleet.driver.arrival(at: "create")
        try fleet.driver.open("create")
        try await everyFlowSucceeds(of: 1, with: fleet.alpha)
        #expect(try fleet.driver.volumes.count == 1)
        let audit = try await volumectl("quota", "audit", with: fleet.alpha)
        #expect(audit.status == 0)
        worker.send(SIGTERM)
        #expect(await worker.status() == 0)
    }

    @Test func `worker ls and show tell of hosts, and drain and enable change them`() async throws {
        let fleet = try Fleet()
        let none = try await volumectl("worker", "show", "beta", with: fleet.alpha)
        #expect(none.status == 3)
        let worker = try await fleet.work(as: fleet.beta)
        let shown = try await volumectl("worker", "show", "beta", with: fleet.alpha)
        #expect(shown.output.contains("gated@beta"))
        let drained = try await volumectl("worker", "drain", "beta", "--reason", "new disks", with: fleet.alpha)
        #expect(drained.output == "host \"beta\" drained; its pools take no new volumes\n")
        let full = try await volumectl("create", "data", "1M", "--pool", "gated@beta", with: fleet.alpha)
        #expect(full.status == 6 && full.errors.contains("volumectl worker enable beta"))
        let listed = try await volumectl("worker", "ls", with: fleet.alpha)
        #expect(listed.output.contains("drained"))
        let enabled = try await volumectl("worker", "enable", "beta", with: fleet.alpha)
        #expect(enabled.output == "host \"beta\" enabled\n")
        let events = try await volumectl("event", "ls", with: fleet.alpha).output
        #expect(events.contains("host.drain") && events.contains("host.enable"))
        let pools = try await volumectl("pool", "ls", "-c", "name,host", "-o", "value", with: fleet.alpha)
        #expect(pools.output == "default@alpha alpha\ngated@beta beta\n")
        worker.send(SIGTERM)
        #expect(await worker.status() == 0)
        // Nobody waits for a host that is gone without being told so.
        let elsewhere = try await volumectl("pool", "objects", "gated@beta", with: fleet.alpha)
        #expect(elsewhere.status == 4 && elsewhere.errors.contains("volumectl pool objects gated@beta  # on host beta"))
    }

    @Test func `a worker needs the name of its host`() async throws {
        // On a server, the machine has a name.
        let worker = try Background([], with: ["VOLUMECTL_DB": ""], program: "volumed")
        #expect(await worker.status() == 1)
        #expect(try worker.errors.contains("set the key host in the configuration"))
    }
}

private struct WorkerRecord: Decodable {
    let host: String
    let state: String
}
