import Foundation
import LoopbackDriver
import SQLStore
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Independent processes on one database.
@Suite(.scratchDirectory)
struct ManyProcessesTests {
    @Test func `8 processes create 50 volumes each, and none gets a lock error`() async throws {
        let words = try await fill(processes: 8, count: 50)
        #expect(words == Array(repeating: "made", count: 400))
        try await expectVolumes(400)
    }

    @Test func `of 400 volumes that 8 processes request, as many are created as the quota allows`() async throws {
        let words = try await fill(processes: 8, count: 50, options: ["--limit", "100"])
        #expect(words.count { $0 == "made" } == 100)
        #expect(words.count { $0.hasPrefix("quota_exceeded") } == 300)
        try await expectVolumes(100)
    }

    private func fill(processes: Int, count: Int, options: [String] = []) async throws -> [String] {
        let directory = ScratchDirectory.path
        return try await withThrowingTaskGroup { group in
            for _ in 0..<processes {
                group.addTask { try await Child.run(directory, "fill", ["--count", "\(count)"] + options) }
            }
            var words: [String] = []
            for try await end in group {
                guard case .survived(let text) = end else { continue }
                words += text.split(separator: "\n").map(String.init)
            }
            return words
        }
    }

    private func expectVolumes(_ count: Int) async throws {
        let driver = LoopbackDriver(directory: ScratchDirectory.path + "/pool")
        let service = try VolumeService(
            database: TestDatabase.open(),
            pools: [Pool(name: "default", driver: driver)]
        )
        let quota = try await service.quota()
        let size = try #require(ByteCount(bytes: Int64(count) << 20))
        #expect(quota.usage == quota.counted)
        #expect(quota.usage.inUse == QuotaAmount(volumes: count, size: size))
        #expect(quota.usage.reserved == QuotaAmount())
        #expect(try await driver.list().count == count)
        #expect(try await service.volumes().allSatisfy { $0.status == .available })
    }
}
