import Identity
import SQL
import SQLStore
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver

@testable import Volumes

/// Cinder's cases of its quota engine, with its numbers.
@Suite(.scratchDirectory)
struct QuotaCaseTests {
    private let store: SQLStore
    private let project = "test_project"
    private static let limits = QuotaLimits(volumes: 5, gigabytes: 10240)

    /// Opens a database with the service's tables.
    init() throws {
        _ = try Scene()
        store = try SQLStore(TestDatabase.open())
    }

    private func amounts(_ volumes: Int64, _ gibibytes: Int64) -> QuotaAmounts {
        [.volumes: volumes, .gigabytes: gibibytes * ByteCount.bytesPerGibibyte]
    }

    /// Records usage, as flows that have ended do.
    private func use(_ amounts: QuotaAmounts) async throws {
        let (flow, project) = (FlowID.random(), project)
        try await store.transact { transaction in
            let quota = QuotaTable(connection: transaction.connection)
            try quota.reserve(amounts, for: flow, of: project)
            try quota.commit(flow)
        }
    }

    /// Reserves amounts within the limits, as flows do.
    @discardableResult
    private func reserve(_ amounts: QuotaAmounts, within limits: QuotaLimits = limits) async throws -> FlowID {
        let (flow, project) = (FlowID.random(), project)
        try await store.transact { transaction in
            let quota = QuotaTable(connection: transaction.connection)
            try quota.check(amounts, ceilings: [:], of: project, within: limits)
            try quota.reserve(amounts, for: flow, of: project)
        }
        return flow
    }

    /// The usage and the reservations of volumes and GiB.
    private func recorded() async throws -> [[Int64]] {
        let project = project
        return try await store.read { connection in
            let uses = try QuotaTable(connection: connection).uses(of: project)
            return [QuotaResource.volumes, .gigabytes]
                .map { resource in
                    let use = uses[resource]?.recorded ?? ResourceQuota.Use()
                    let unit = resource.isSize ? ByteCount.bytesPerGibibyte : 1
                    return [use.inUse / unit, use.reserved / unit]
                }
        }
    }

    @Test func `C49: a reservation within the limits is added to the usage, with one row for each resource`()
        async
        throws
    {
        #expect(try await recorded() == [[0, 0], [0, 0]])
        try await use(amounts(3, 3))
        let flow = try await reserve(amounts(2, 2048))
        #expect(try await recorded() == [[3, 2], [3, 2048]])
        let project = project
        let rows = try await store.read { try QuotaTable(connection: $0).reservations(of: project) }
        #expect(rows.map(\.resource) == [.gigabytes, .volumes] && rows.allSatisfy { $0.flow == flow })
        #expect(rows.map(\.amount) == [2048 << 30, 2])
        try await store.transact { try QuotaTable(connection: $0.connection).commit(flow) }
        #expect(try await recorded() == [[5, 0], [2051, 0]])
    }

    @Test func `C52: a reservation beyond any limit reserves nothing, and the error has all numbers`() async throws {
        try await use(amounts(4, 10240))
        let error = await #expect(throws: QuotaExceeded.self) { try await reserve(amounts(2, 2048)) }
        #expect(
            error?.numbers == "10 TiB in use + 0 B reserved + 2 TiB requested > limit 10 TiB; "
                + "volumes: 4 in use + 0 reserved + 2 requested > limit 5"
        )
        #expect(try await recorded() == [[4, 0], [10240, 0]])
        let project = project
        #expect(try await store.read { try QuotaTable(connection: $0).reservations(of: project) }.isEmpty)
    }

    @Test func `C55: what is reserved counts as used, and the error names the quota in Cinder's words`() async throws {
        let limits = QuotaLimits(volumes: 10, gigabytes: 10, snapshots: 0)
        let service = try Scene(limits: limits).service
        let scoped = service.scoped(to: Scope(project: project))
        try await use(amounts(9, 9))
        try await reserve(amounts(1, 1), within: limits)
        let gibibyte = try #require(ByteCount(gibibytes: 1))
        let both = await #expect(throws: VolumeError.self) {
            try await scoped.create(VolumeRequest(size: .exactly(gibibyte)))
        }
        #expect(both?.cinderName == "VolumeSizeExceedsAvailableQuota")
        #expect(both?.cause?.hasPrefix("9 GiB in use + 1 GiB reserved + 1 GiB requested > limit 10 GiB") == true)
        try await service.scoped(to: Scope(project: project)).setQuota(QuotaChange(gigabytes: .unlimited))
        let number = await #expect(throws: VolumeError.self) {
            try await scoped.create(VolumeRequest(size: .exactly(gibibyte)))
        }
        #expect(number?.cinderName == "VolumeLimitExceeded")
        #expect(number?.cause == "9 in use + 1 reserved + 1 requested > limit 10")
        try await scoped.setQuota(QuotaChange(volumes: .unlimited, perVolumeGigabytes: .amount(1)))
        let size = await #expect(throws: VolumeError.self) {
            try await scoped.create(VolumeRequest(size: .exactly(try #require(ByteCount(gibibytes: 2)))))
        }
        #expect(size?.cinderName == "VolumeSizeExceedsLimit")
        let volume = try await scoped.create(VolumeRequest(size: .exactly(gibibyte))).volume
        let snapshot = await #expect(throws: VolumeError.self) {
            try await scoped.createSnapshot(SnapshotRequest(of: "\(volume.id)", name: nil))
        }
        #expect(snapshot?.cinderName == "SnapshotLimitExceeded")
    }
}
