import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

@Suite(.scratchDirectory)
struct QuotaTests {
    @Test func `with a limit of 2 and 2 volumes, the third is refused with the numbers`() async throws {
        let scene = try Scene(limits: QuotaLimits(volumes: 2))
        try await scene.create("a")
        try await scene.create("b")
        let error = await #expect(throws: VolumeError.self) { try await scene.create("c") }
        #expect(error?.code == .quotaExceeded)
        #expect(error?.message.contains("quota \"volumes\"") == true)
        #expect(error?.cause == "2 in use + 0 reserved + 1 requested > limit 2")
        try await scene.expectUsage(volumes: 2, mebibytes: 2)
    }

    @Test func `a volume larger than a volume may be is refused`() async throws {
        let scene = try Scene(limits: QuotaLimits(perVolumeGigabytes: 5))
        let error = await #expect(throws: VolumeError.self) { try await scene.create(mebibytes: 10 << 10) }
        #expect(error?.code == .quotaExceeded)
        try await scene.expectNothing()
    }

    @Test func `when size and number are both exceeded, the size is named`() async throws {
        let scene = try Scene(limits: QuotaLimits(volumes: 1, gigabytes: 1))
        try await scene.create("a", mebibytes: 1024)
        let error = await #expect(throws: VolumeError.self) { try await scene.create("b") }
        #expect(error?.message.contains("quota \"gigabytes\"") == true)
    }

    @Test func `a limit may be met exactly, and a limit of none allows nothing`() async throws {
        let exact = try Scene(limits: QuotaLimits(volumes: 1, gigabytes: 1))
        try await exact.create(mebibytes: 1024)
        try await exact.expectUsage(volumes: 1, mebibytes: 1024)
    }

    @Test func `a refusal is one commit that tells why, and leaves nothing`() async throws {
        let scene = try Scene(limits: QuotaLimits(volumes: 0))
        let before = scene.database.commitCount
        await #expect(throws: VolumeError.self) { try await scene.create() }
        #expect(scene.database.commitCount - before == 1)
        try await scene.expectNothing()
        #expect(try await scene.lastFlow().contains("reserve-quota FAILURE"))
        #expect(try await scene.service.flows(limit: 1).first?.state == .reverted)
    }

    @Test func `released quota can be used again`() async throws {
        let scene = try Scene(limits: QuotaLimits(volumes: 1))
        for _ in 0..<5 {
            try await scene.create()
            try await scene.service.delete("data")
        }
        try await scene.expectNothing()
    }

    @Test func `of 50 concurrent requests, as many succeed as the limit allows`() async throws {
        let scene = try Scene(limits: QuotaLimits(volumes: 7))
        let made = await withTaskGroup { group in
            for _ in 0..<50 {
                group.addTask { (try? await scene.create(nil)) != nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 7)
        try await scene.expectUsage(volumes: 7, mebibytes: 7)
    }
}
