import Foundation
import Glibc
import TestKit
import Testing

/// Records that are no longer true: data that is gone, and a pool that is not mounted.
@Suite(.scratchDirectory)
struct BelievedTests {
    struct Shown: Decodable {
        struct Backend: Decodable {
            let presence: String
            let sizeBytes: Int64?
            let reason: String?
        }
        let status: String
        let backend: Backend
    }

    private func decode(_ run: Run) throws -> Shown {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Shown.self, from: Data(run.output.utf8))
    }

    @Test func `12: a volume whose data is gone is reported as missing by show and by another create`() async throws {
        let volume: VolumeRecord = try await volumectl("create", "a", "1M", "-o", "json").json()
        let before = try await volumectl("show", "a", "-o", "json")
        expect(0, from: before)
        #expect(try decode(before).backend.presence == "complete")
        #expect(try decode(before).backend.sizeBytes == 1 << 20)
        try FileManager.default.removeItem(atPath: "\(Scratch.pool)/volume-\(volume.id)")

        let shown = try await volumectl("show", "a", "-o", "json")
        expect(12, from: shown)
        #expect(try decode(shown).backend.presence == "missing")
        #expect(shown.errors.contains(#""code":"missing""#))
        let table = try await volumectl("show", "a")
        expect(12, from: table)
        #expect(table.output.contains("missing: nothing is there"))
        let again = try await volumectl("create", "a", "1M")
        expect(12, from: again)
        #expect(try again.error.headline.contains("\"a\" is missing"))
        #expect(try again.error.remedies.contains("volumectl rm a"))
        expect(0, from: try await volumectl("rm", "a", "-y"))
        expect(0, from: try await volumectl("create", "a", "1M"))
    }

    @Test func `a truncated volume is reported as damaged`() async throws {
        let volume: VolumeRecord = try await volumectl("create", "a", "1M", "-o", "json").json()
        try #require(truncate("\(Scratch.pool)/volume-\(volume.id)", 1 << 19) == 0)
        expect(12, from: try await volumectl("show", "a"))
        expect(12, from: try await volumectl("create", "a", "1M"))
    }

    @Test func `a pool that is not mounted is down, keeps its volumes, and gets none`() async throws {
        try await volumectl("create", "a", "1M")
        let away = Scratch.pool + ".away"
        try FileManager.default.moveItem(atPath: Scratch.pool, toPath: away)
        let removal = try await volumectl("rm", "a", "-y")
        expect(6, from: removal)
        #expect(try removal.error.aftermath.hasPrefix("nothing was left behind"))
        let creation = try await volumectl("create", "b", "1M")
        expect(6, from: creation)
        try await expectAccepted(creation.error.remedies)
        #expect(!Scratch.exists(Scratch.pool))
        let pools: [PoolRecord] = try await volumectl("pool", "ls", "-o", "json").json()
        #expect(pools.map(\.state) == ["down"])
        let shown = try await volumectl("show", "a", "-o", "json")
        expect(0, from: shown)
        #expect(try decode(shown).backend.presence == "unknown")
        #expect(shown.errors.contains("warning: cannot determine whether the data of"))
        let quota: QuotaRecord = try await volumectl("quota", "show", "-o", "json").json()
        #expect(quota.volumes.inUse == 1)

        try FileManager.default.moveItem(atPath: away, toPath: Scratch.pool)
        expect(0, from: try await volumectl("rm", "a", "-y"))
        #expect(Scratch.volumeFiles().isEmpty)
    }

    @Test func `a pool is claimed only on confirmation`() async throws {
        try await volumectl("create", "a", "1M")
        let other = ["VOLUMECTL_DB": ScratchDirectory.path + "/other.db"]
        expect(6, from: try await volumectl("create", "b", "1M", with: other))
        expect(64, from: try await volumectl("pool", "claim", "default", with: other))
        let claim = try await volumectl("pool", "claim", "default", "-y", with: other)
        expect(0, from: claim)
        #expect(try claim.line.contains("1 that the database does not record"))
        expect(0, from: try await volumectl("create", "b", "1M", with: other))
        expect(3, from: try await volumectl("pool", "claim", "nowhere", "-y"))
    }
}
