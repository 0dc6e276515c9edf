import Foundation
import Subprocess
import TestKit
import Testing

/// What has to hold when all is well again.
extension FaultStage {
    /// Returns when no flow is under way.
    func rest() async throws {
        try await eventually {
            try await server.query("SELECT 1 FROM flow WHERE state NOT IN ('SUCCESS', 'FAILURE', 'REVERTED') LIMIT 1")
                .isEmpty
        }
    }

    /// Compares what is there with what was answered, and returns the differences.
    ///
    /// - Parameter expected: the names of the volumes and snapshots, in order.
    func violations(expected: (volumes: [String], snapshots: [String])) async throws -> [String] {
        var found: [String] = []
        let volumes: [VolumeRecord] = try await json("ls")
        let snapshots: [SnapshotRecord] = try await json("snapshot", "ls")
        compare(volumes.compactMap(\.name), expected.volumes, "volumes", &found)
        let names = snapshots.map { "\($0.volumeName ?? "")@\($0.name ?? "")" }
        compare(names, expected.snapshots, "snapshots", &found)
        found += volumes.filter { $0.status != "available" || $0.lastError != nil }.map { "\($0)" }
        found += snapshots.filter { $0.status != "available" || $0.lastError != nil }.map { "\($0)" }
        var records: [String: [String]] = [:]
        for volume in volumes { records[volume.pool ?? "", default: []].append("volume-\(volume.id)") }
        for snapshot in snapshots {
            records[snapshot.pool ?? "", default: []].append("snapshot-\(snapshot.id)@volume-\(snapshot.volume)")
        }
        for pool in [Self.shared] + hosts.map({ Self.own($0.name) }) {
            let objects = try FileManager.default.contentsOfDirectory(atPath: Self.directory(of: pool))
                .filter { $0 != ".volumectl-pool" }
            compare(objects, records[pool, default: []], "objects of pool \(pool)", &found)
        }
        try await compareUsage(volumes, snapshots, &found)
        let failed = try await server.query("SELECT id, name, subject FROM flow WHERE state = 'FAILURE'")
        found += failed.map { "flow that can't be reverted: \($0)" }
        return found + (try await callViolations())
    }

    private func compare(_ seen: [String], _ expected: [String], _ what: String, _ found: inout [String]) {
        guard seen.sorted() != expected.sorted() else { return }
        let (seen, expected) = (Set(seen), Set(expected))
        found.append(
            "\(what): missing \(expected.subtracting(seen).sorted()), unexpected \(seen.subtracting(expected).sorted())"
        )
    }

    private func compareUsage(
        _ volumes: [VolumeRecord],
        _ snapshots: [SnapshotRecord],
        _ found: inout [String]
    ) async throws {
        let audit = try await hosts[0].run(["quota", "audit"])
        if audit.status != 0 { found.append("\(audit)") }
        let quota: QuotaRecord = try await json("quota", "show")
        let size = volumes.map(\.sizeBytes).reduce(0, +)
        if quota.volumes.inUse != volumes.count || quota.snapshots.inUse != snapshots.count
            || quota.gigabytes.inUseBytes != size + snapshots.map(\.sizeBytes).reduce(0, +)
            || quota.volumes.reserved + quota.snapshots.reserved != 0 || quota.gigabytes.reservedBytes != 0
        {
            found.append("\(quota) for \(volumes.count) volumes, \(snapshots.count) snapshots")
        }
        for pool in try await json("pool", "ls", as: [PoolRecord].self) {
            let own = volumes.filter { $0.pool == pool.name }
            if pool.volumes != own.count || pool.promisedBytes != own.map(\.sizeBytes).reduce(0, +) {
                found.append("\(pool) for \(own.count) volumes")
            }
        }
    }

    /// Objects that were made or removed twice, and calls that began after the lease of their process had ended.
    private func callViolations() async throws -> [String] {
        let notes = try driver.notes
        var found: [String] = []
        for what in ["made", "removed"] {
            let changes = Dictionary(grouping: notes.filter { $0.what == what }, by: \.subject)
            found += changes.filter { $0.value.count > 1 }.map { "\($0.key) was \(what) \($0.value.count) times" }
        }
        let rows = try await server.query("SELECT label, until, at FROM fault_lease ORDER BY at")
        var leases: [String: [(until: Double, at: Double)]] = [:]
        for row in rows {
            guard row.count == 3, let until = Double(row[1]), let at = Double(row[2]) else { continue }
            leases[row[0], default: []].append((until / 1e6, at / 1e6))
        }
        let boot = Self.boot
        for call in notes where call.what == "begin" {
            let start = boot + call.start
            let known = leases["process \(call.caller) on \(call.host)", default: []].filter { $0.at < start }
            guard let until = known.map(\.until).max(), start > until + 0.02 else { continue }
            found.append("\(call) began \(start - until) s after the lease of its process had ended")
        }
        return found
    }

    /// The time at which the machine was started, in seconds since 1970.
    private static var boot: Double {
        var (now, running) = (timespec(), timespec())
        clock_gettime(CLOCK_REALTIME, &now)
        clock_gettime(CLOCK_BOOTTIME, &running)
        return Double(now.tv_sec - running.tv_sec) + Double(now.tv_nsec - running.tv_nsec) / 1e9
    }

    private func json<Value: Decodable>(_ words: String..., as type: Value.Type = Value.self) async throws -> Value {
        let run = try await hosts[0].run(words + ["-o", "json"])
        return try Run(words, .exited(run.status ?? -1), run.output, run.errors).json()
    }
}
