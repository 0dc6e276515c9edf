import Foundation
import TestKit
import Testing

/// Workers and commands on several hosts, while processes are killed and stopped, links cut, clocks set, and the server ended.
///
/// `make torture-hosts FAULTS=500` does it for longer, with a random seed, and prints a table.
@Suite(.serialized, .scratchDirectory, .enabled(if: TestHosts.names.count >= 4, TestHosts.skipReason))
struct PostgreSQLHostFaultTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let count = environment["VOLUMECTL_FAULTS"].flatMap(Int.init)
    private static let seed = environment["VOLUMECTL_FAULT_SEED"].flatMap(UInt64.init)
    /// The first two hosts are those of tests that cut them by themselves.
    fileprivate static let names = Array(TestHosts.names.dropFirst(2))
    fileprivate static let lease = Duration.seconds(1.5)

    @Test func `after any fault every volume is there with its object or not at all, and no call was made twice`()
        async throws
    {
        let seed = Self.seed ?? (Self.count == nil ? 1 : .random(in: 0...UInt64.max))
        let server = try await FaultServer()
        let stage = try await FaultStage(on: Self.names, lease: Self.lease, server: server)
        var (report, generator) = (FaultReport(), SeededGenerator(seed: seed))
        let possible = Fault.allCases.filter(stage.isPossible)
        try await stage.whileWorking {
            var left = Self.count ?? possible.count
            var round: UInt64 = 0
            while left > 0, report.violations.isEmpty {
                let faults = Array(possible.shuffled(using: &generator).prefix(left))
                left -= faults.count
                round += 1
                try await Self.strike(stage, faults, seed: seed &+ round << 16, &generator, &report)
                // For those who don't want to wait for the end.
                if Self.count != nil { print("seed \(seed), \(left) to come\n\(report.text(lease: Self.lease))") }
            }
        }
        try await server.remove()
        #expect(report.violations.isEmpty, "seed \(seed)\n\(report.violations.joined(separator: "\n"))")
    }

    /// Makes one fault after the other while clients make requests, and looks at what is left then.
    private static func strike(
        _ stage: FaultStage,
        _ faults: [Fault],
        seed: UInt64,
        _ generator: inout SeededGenerator,
        _ report: inout FaultReport
    ) async throws {
        var struck: [(fault: Fault, at: Double)] = []
        let found = try await stage.violations(seed: seed) {
            for fault in faults {
                guard let host = stage.hosts.randomElement(using: &generator) else { continue }
                struck.append((fault, Date().timeIntervalSince1970))
                try await stage.strike(fault, host, using: &generator)
            }
        }
        let takeovers = try await stage.server.query("SELECT at, late FROM fault_takeover WHERE late > 0")
            .compactMap { row in
                row.count == 2 ? (at: (Double(row[0]) ?? 0) / 1e6, late: (Double(row[1]) ?? 0) / 1e6) : nil
            }
        report.add(struck, takeovers: takeovers)
        report.add(found, after: struck)
        try await stage.server.query("DELETE FROM fault_takeover; DELETE FROM fault_lease")
    }
}

/// A synchronous standby takes over while workers and commands are at work.
extension PostgreSQLHostFaultTests {
    private static func withStage(_ body: (FaultStage) async throws -> Void) async throws {
        let server = try await FaultServer(hasStandby: true)
        let stage = try await FaultStage(on: Array(names.prefix(2)), lease: lease, server: server)
        try await stage.whileWorking { try await body(stage) }
        try await server.remove()
    }

    @Test func `nothing that was answered is lost when the primary is killed and its standby takes over`() async throws
    {
        try await Self.withStage { stage in
            let found = try await stage.violations(seed: 1) {
                try await Task.sleep(for: stage.lease)
                try stage.server.send(SIGKILL)
                try await stage.server.promote()
                try await Task.sleep(for: stage.lease)
            }
            #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
        }
    }

    /// The former primary waits for its standby at each commit. Its host renews no lease there, and its work is taken over.
    @Test func `a primary that lives on beside the promoted standby acknowledges nothing`()
        async throws
    {
        try await Self.withStage { stage in
            let found = try await stage.violations(seed: 2) {
                try await Task.sleep(for: stage.lease)
                try await stage.server.promote()
                // This host finds the new primary; the other one still reaches the former one alone.
                try await stage.server.disconnect(stage.hosts[1])
                // What the standby has confirmed before, and what ended with its connection, is seen now.
                try await Task.sleep(for: stage.lease / 4)
                let commits = "SELECT count(*) FROM fault_lease"
                let before = try await stage.server.query(commits, onFormer: true)
                try await Task.sleep(for: stage.lease * 2)
                #expect(try await stage.server.query(commits, onFormer: true) == before)
                try stage.server.send(SIGKILL)
                try await Task.sleep(for: stage.lease)
            }
            #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
        }
    }
}
