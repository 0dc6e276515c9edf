import SQL
import SQLStore
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Quotas that count the volumes of one type (`cinder: VolumeTypeQuotaEngine`).
@Suite(.scratchDirectory)
struct TypeQuotaTests {
    private func scene(_ limits: QuotaLimits = QuotaLimits()) async throws -> Scene {
        let scene = try Scene(limits: limits)
        for type in ["ssd", "hdd"] { try await scene.service.createType(type, VolumeTypeChange()) }
        return scene
    }

    /// The usage of volumes, MiB and snapshots of a type, and of what is reserved of them.
    private func use(_ type: String, _ scene: Scene) async throws -> [Int64] {
        let quota = try await scene.service.quota()
        #expect(quota.differences.isEmpty && quota.staleReservations.isEmpty)
        let uses = QuotaResource.ofEachType.map { resource in
            quota.resources.first { $0.resource == resource.of(type: type) }?.recorded ?? ResourceQuota.Use()
        }
        #expect(uses.allSatisfy { $0.reserved == 0 })
        return [uses[0].inUse, uses[1].inUse >> 20, uses[2].inUse]
    }

    @Test func `volumes of a type and their snapshots count for the type as long as they are there`() async throws {
        let scene = try await scene()
        try await scene.create("a", mebibytes: 2, type: "ssd")
        try await scene.create("b", mebibytes: 4)
        #expect(try await use("ssd", scene) == [1, 2, 0])
        try await scene.snapshot("s", of: "a")
        #expect(try await use("ssd", scene) == [1, 4, 1])
        try await scene.service.resize("a", to: .exactly(try #require(ByteCount(bytes: 3 << 20))))
        #expect(try await use("ssd", scene) == [1, 5, 1])
        try await scene.service.deleteSnapshot("a@s")
        #expect(try await use("ssd", scene) == [1, 3, 0])
        try await scene.service.delete("a")
        #expect(try await use("ssd", scene) == [0, 0, 0])
        #expect(try await use("hdd", scene) == [0, 0, 0])
        try await scene.expectUsage(volumes: 1, mebibytes: 4)
    }

    @Test func `a type's limit refuses with its name and numbers, and what is advised suffices`() async throws {
        let scene = try await scene(QuotaLimits(volumes: 1))
        let limits = QuotaChange(volumes: .amount(1), gigabytes: .amount(1), snapshots: .amount(0), type: "ssd")
        try await scene.service.setQuota(limits)
        try await scene.create("a", type: "ssd")
        let error = await #expect(throws: VolumeError.self) { try await scene.create("b", type: "ssd") }
        #expect(error?.code == .quotaExceeded)
        #expect(error?.message.contains("quota \"volumes\" of project \"default\" would be exceeded") == true)
        let numbers = "1 in use + 0 reserved + 1 requested > limit 1"
        #expect(error?.cause == "\(numbers); volumes_ssd: \(numbers)")
        let raises = error?.remedies.filter { if case .raiseQuota = $0 { true } else { false } }
        #expect(raises == [.raiseQuota("volumes", to: 2), .raiseQuota("volumes_ssd", to: 2)])
        try await scene.service.setQuota(QuotaChange(volumes: .amount(2)))
        try await scene.service.setQuota(QuotaChange(volumes: .amount(2), type: "ssd"))
        try await scene.create("b", type: "ssd")
        let large = await #expect(throws: VolumeError.self) {
            try await scene.service.resize("b", to: .exactly(try #require(ByteCount(gibibytes: 1))))
        }
        #expect(large?.message.contains("quota \"gigabytes_ssd\"") == true)
        #expect(large?.remedies.first == .raiseQuota("gigabytes_ssd", to: 2))
        let snapshot = await #expect(throws: VolumeError.self) { try await scene.snapshot("s", of: "a") }
        #expect(snapshot?.message.contains("quota \"snapshots_ssd\"") == true)
        #expect(try await use("ssd", scene) == [2, 2, 0])
    }

    @Test func `a creation that fails gives back the type's quota, too`() async throws {
        let scene = try await scene()
        scene.fail(.create, .after)
        await #expect(throws: VolumeError.self) { try await scene.create("a", type: "ssd") }
        #expect(try await use("ssd", scene) == [0, 0, 0])
        try await scene.expectNothing()
    }

    @Test func `limits are those of a type that exists, and go with it`() async throws {
        let scene = try await scene()
        let change = QuotaChange(volumes: .amount(3), type: "ssd")
        let unknown = await #expect(throws: VolumeError.self) {
            try await scene.service.setQuota(QuotaChange(volumes: .amount(3), type: "tape"))
        }
        #expect(unknown?.code == .notFound)
        let ceiling = await #expect(throws: VolumeError.self) {
            try await scene.service.setQuota(QuotaChange(perVolumeGigabytes: .amount(3), type: "ssd"))
        }
        #expect(ceiling?.code == .invalidInput)
        #expect(try await scene.service.setQuota(change).resources.contains { $0.limit == 3 && $0.hasOwnLimit })
        try await scene.service.removeType("ssd")
        try await scene.service.createType("ssd", VolumeTypeChange())
        #expect(try await scene.service.quota().resources.allSatisfy { $0.resource.type == nil })
    }

    @Test func `a database of volumes that did not count for their types counts them when it is opened`() async throws {
        var scene = try await scene()
        try await scene.create("a", mebibytes: 2, type: "ssd")
        try await scene.snapshot("s", of: "a")
        // The creation can't be undone, and keeps its reservation.
        scene.fail(.create, .after, with: .broken)
        for _ in 1...2 { scene.fail(.delete, .before, with: .broken) }
        for _ in 1...2 { scene.fail(.inspect, .before, with: .broken) }
        await #expect(throws: VolumeError.self) { try await scene.create("b", type: "hdd") }
        let quota = try await scene.service.quota()
        #expect(quota.reservations.count == 1 && quota.differences.isEmpty)
        try await change(
            """
            DELETE FROM quota WHERE resource LIKE '%ssd' OR resource LIKE '%hdd';
            DELETE FROM reservation WHERE resource LIKE '%ssd' OR resource LIKE '%hdd';
            DELETE FROM schema_version WHERE name = 'type_quota';
            """
        )
        scene = try Scene()
        #expect(try await scene.service.quota() == quota)
        #expect(quota.resources.contains { $0.resource.name == "volumes_hdd" && $0.recorded.reserved == 1 })
    }

    @Test func `an audit finds what differs, and corrects it when it is told to`() async throws {
        let scene = try await scene()
        try await scene.create("a", mebibytes: 2, type: "ssd")
        #expect(try await scene.service.auditQuota().map(\.differences) == [[]])
        try await change(
            """
            UPDATE quota SET in_use = 7 WHERE resource = 'volumes';
            DELETE FROM quota WHERE resource = 'gigabytes_ssd';
            INSERT INTO reservation SELECT id, scope, 'volumes', 1 FROM flow;
            UPDATE quota SET reserved = 1 WHERE resource = 'volumes';
            """
        )
        let found = try await scene.service.auditQuota()
        #expect(found[0].differences.map(\.resource.name) == ["volumes", "gigabytes_ssd"])
        #expect(found[0].staleReservations.count == 1 && found[0].reservations.isEmpty)
        let member = scene.service.scoped(to: Scope(roles: [.member]))
        let refused = await #expect(throws: VolumeError.self) { try await member.auditQuota(fixing: true) }
        #expect(refused?.code == .notPermitted)
        #expect(try await scene.service.auditQuota(allProjects: true, fixing: true) == found)
        #expect(try await use("ssd", scene) == [1, 2, 0])
        try await scene.expectUsage(volumes: 1, mebibytes: 2)
    }

    /// Changes the database behind the service's back.
    private func change(_ script: String) async throws {
        let store = try SQLStore(TestDatabase.open())
        try await store.transact { try $0.connection.executeScript(script) }
    }
}
