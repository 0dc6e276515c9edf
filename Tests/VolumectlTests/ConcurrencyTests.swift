import Foundation
import TestKit
import Testing

@Suite(.scratchDirectory)
struct ConcurrencyTests {
    /// Eight processes at once, each of which creates five volumes, one after the other.
    private func createForty(with variables: [String: String] = [:]) async throws -> [Run] {
        try await withThrowingTaskGroup(of: [Run].self) { group in
            for process in 1...8 {
                group.addTask {
                    var runs: [Run] = []
                    for volume in 1...5 {
                        runs.append(try await volumectl("create", "v\(process)-\(volume)", "1M", with: variables))
                    }
                    return runs
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    @Test func `processes that create at once all succeed`() async throws {
        let runs = try await createForty()
        #expect(runs.count == 40)
        for run in runs {
            expect(0, from: run)
            for word in ["locked", "busy"] { #expect(!(run.output + run.errors).localizedStandardContains(word)) }
            #expect(run.notes.allSatisfy { $0.hasPrefix("note: ") })
        }
        let quota: QuotaRecord = try await volumectl("quota", "show", "-o", "json").json()
        #expect(quota.volumes == QuotaRecord.Count(inUse: 40, reserved: 0, limit: nil))
        #expect(quota.gigabytes.inUseBytes == 40 << 20)
        #expect(Scratch.volumeFiles().count == 40)
    }

    @Test func `processes that create at once get exactly what the quota allows`() async throws {
        let limit = ["VOLUMECTL_QUOTA_VOLUMES": "10"]
        let runs = try await createForty(with: limit)
        #expect(runs.filter { $0.status == 0 }.count == 10)
        #expect(runs.filter { $0.status == 5 }.count == 30)
        let quota: QuotaRecord = try await volumectl("quota", "show", "-o", "json", with: limit).json()
        #expect(quota.volumes == QuotaRecord.Count(inUse: 10, reserved: 0, limit: 10))
        #expect(Scratch.volumeFiles().count == 10)
    }

    @Test func `of processes that want the same volume, one makes it`() async throws {
        try await volumectl("pool", "ls")
        let runs = try await withThrowingTaskGroup(of: Run.self) { group in
            for _ in 1...8 { group.addTask { try await volumectl("create", "same", "1M", "-q") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let made = runs.filter { $0.status == 0 }
        #expect(Set(made.map(\.output)).count == 1)
        #expect(made.filter(\.errors.isEmpty).count == 1)
        // While it is being created, it belongs to another process.
        #expect(runs.filter { $0.status != 0 }.allSatisfy { $0.status == 4 })
        #expect(Scratch.volumeFiles().count == 1)
    }
}
