import Foundation
import TestKit
import Testing

/// Hosts with workers and clients around a server, and the faults that strike them.
struct FaultStage {
    let server: FaultServer
    let driver: FaultDriver
    let hosts: [FaultHost]
    let lease: Duration

    /// The pool that all hosts reach, and that of one host.
    static let shared = "shared"
    static func own(_ host: String) -> String { "own@\(host)" }

    /// The directory of a pool's objects.
    static func directory(of pool: String) -> String { ScratchDirectory.path + "/" + pool }

    init(on names: [String], lease: Duration, server: FaultServer) async throws {
        (driver, self.lease, self.server) = (try FaultDriver(), lease, server)
        // With two servers, each host looks at another one first.
        var hosts: [FaultHost] = []
        for (number, name) in names.enumerated() {
            let text = """
                host: \(name)
                worker: {report-interval: 0.5, report-limit: 600, lease: \(lease / .seconds(1))}
                quota: {snapshots: -1}
                enabled-pools: [\(Self.shared), own]
                pools:
                  \(Self.shared):
                    driver: external
                    shared: true
                    command: \(try driver.command(for: Self.shared))
                  own:
                    driver: external
                    command: \(try driver.command(for: Self.own(name)))
                """
            let clock = ShiftedClock.isPossible ? try await ShiftedClock(name) : nil
            let database = server.uris[number % 2]
            hosts.append(try FaultHost(name, configuration: text, database: database, clock: clock))
        }
        self.hosts = hosts
        // It makes the tables, before a trigger can be on them.
        let first = try await hosts[0].run(["ls"])
        try #require(first.status == 0, "\(first)")
        try await server.watch()
    }

    /// Whether a fault can be made here.
    func isPossible(_ fault: Fault) -> Bool { ShiftedClock.isPossible || ![.clockForward, .clockBack].contains(fault) }

    /// Runs `body` while the workers work, and removes all afterwards.
    func whileWorking(_ body: () async throws -> Void) async throws {
        async let problems = withThrowingTaskGroup(of: [String].self) { group in
            for host in hosts { group.addTask { try await host.work() } }
            return try await group.reduce([], +)
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        for host in hosts { host.end() }
        for problem in try await problems { Issue.record("\(problem)") }
        for host in hosts { try await TestHosts.run("heal", host.name) }
        try result.get()
    }

    // MARK: - Faults

    /// Makes a fault, and returns when its cause is gone.
    func strike(_ fault: Fault, _ host: FaultHost, using generator: inout SeededGenerator) async throws {
        let (past, any) = (1.5, Double.random(in: 0.2...1.6, using: &generator))
        switch fault {
        case .workerKilled:
            host.sendToWorker(SIGKILL)
            try await pause(any / 4)
        case .commandKilled:
            try await pause(any / 8)
            host.sendToCommand(SIGKILL)
        case .workerStopped: try await stop(for: past, host.sendToWorker)
        case .commandStopped: try await stop(for: past, host.sendToCommand)
        case .cut: try await cut(host, for: any)
        case .cutFrom: try await cut(host, "--from", for: any)
        case .cutTo: try await cut(host, "--to", for: any)
        case .cutInCommit: try await inCommit(host) { try await cut(host, for: any) }
        case .stoppedInCommit: try await inCommit(host) { try await stopAll(host, for: past) }
        case .cutInCall: try await inLongCall(host) { try await cut(host, for: past) }
        case .stoppedInCall: try await inLongCall(host) { try await stopAll(host, for: past) }
        case .clockForward: try await shiftClock(of: host, by: 86_400)
        case .clockBack: try await shiftClock(of: host, by: -86_400)
        case .serverRestarted: try await restartServer(SIGINT)
        case .serverKilled: try await restartServer(SIGKILL)
        }
    }

    /// - Parameter part: a part of the lease.
    private func pause(_ part: Double) async throws { try await Task.sleep(for: lease * part) }

    private func stop(for part: Double, _ send: (Int32) -> Void) async throws {
        send(SIGSTOP)
        try await pause(part)
        send(SIGCONT)
    }

    private func stopAll(_ host: FaultHost, for part: Double) async throws {
        try await stop(for: part) { signal in
            host.sendToWorker(signal)
            host.sendToCommand(signal)
        }
    }

    private func cut(_ host: FaultHost, _ way: String? = nil, for part: Double) async throws {
        if let way { try await TestHosts.run("cut", way, host.name) } else { try await TestHosts.run("cut", host.name) }
        try await pause(part)
        try await TestHosts.run("heal", host.name)
    }

    /// Runs `body` while a commit of the host takes long, which may be one that begins a driver's call.
    private func inCommit(_ host: FaultHost, _ body: () async throws -> Void) async throws {
        let addresses = try await server.query(
            """
            SELECT DISTINCT host(client_addr) FROM pg_stat_activity
            WHERE host(client_addr) LIKE '\(host.addressPattern)'
            """
        )
        guard let client = addresses.first?.first else { return }
        try await server.query("INSERT INTO fault_slow VALUES ('\(client)')")
        let waiting =
            "SELECT 1 FROM pg_stat_activity WHERE client_addr = '\(client)' AND wait_event = 'PgSleep' LIMIT 1"
        // A worker's reports are commits, too.
        for _ in 0..<100 where try await server.query(waiting).isEmpty {}
        try await body()
        try await server.query("DELETE FROM fault_slow")
    }

    /// Runs `body` while a call of the host takes longer than a lease that ends at once.
    private func inLongCall(_ host: FaultHost, _ body: () async throws -> Void) async throws {
        try driver.delay(host.name, by: lease * 2)
        for _ in 0..<300 where !driver.isDelayed(host.name) { try await Task.sleep(for: .milliseconds(10)) }
        driver.forgetDelay(host.name)
        try await body()
    }

    private func shiftClock(of host: FaultHost, by seconds: Int64) async throws {
        try host.clock?.shift(by: seconds)
        try await pause(1.2)
        try host.clock?.shift(by: 0)
    }

    private func restartServer(_ signal: Int32) async throws {
        try server.send(signal)
        try await pause(0.2)
        try await server.start()
    }
}
