import Identity
import LoopbackDriver
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Projects that share a database and its pools.
@Suite(.scratchDirectory)
struct ScopeTests {
    private let ours: VolumeService
    private let theirs: VolumeService

    init() throws {
        let pool = Pool(name: "default", driver: LoopbackDriver(directory: ScratchDirectory.path + "/pool"))
        let limits = QuotaLimits(volumes: 2)
        ours = try VolumeService(
            database: TestDatabase.open(),
            pools: [pool],
            limits: limits,
            scope: Scope(project: "ours", user: "root")
        )
        theirs = ours.scoped(to: Scope(project: "theirs", user: "somebody", roles: [.member]))
    }

    private func request(_ name: String?, id: VolumeID? = nil) throws -> VolumeRequest {
        VolumeRequest(
            name: try name.map(VolumeName.init(validating:)),
            size: .exactly(try #require(ByteCount(bytes: 1 << 20))),
            id: id
        )
    }

    @Test func `a project sees only its own volumes and flows`() async throws {
        let volume = try await theirs.create(try request("data")).volume
        #expect(volume.project == "theirs")
        #expect(try await ours.volumes().isEmpty)
        #expect(try await ours.flows(limit: 10).isEmpty)
        #expect(try await theirs.flows(limit: 10).map(\.scope) == ["theirs"])
        let id = "\(volume.id)"
        for reference in ["data", id, String(id.prefix(8))] {
            let error = await #expect(throws: VolumeError.self) { try await ours.find(reference) }
            #expect(error?.code == .notFound, "\(reference)")
        }
        for call: @Sendable () async throws -> Void in [
            { try await ours.delete("data") }, { try await ours.delete(id) }, { _ = try await ours.volume(volume.id) },
            { _ = try await ours.flow(volume.flow) }, { _ = try await ours.flow("\(volume.flow)") },
            { try await ours.wait(for: volume.flow, control: RequestControl()) },
            { try await ours.cancel(volume.flow, control: RequestControl()) }, { try await ours.retry(volume.flow) },
            { try await ours.abandon(volume.flow, forgettingBackend: true) },
        ] {
            let error = await #expect(throws: VolumeError.self) { try await call() }
            #expect(error?.code == .notFound)
        }
        #expect(try await theirs.find("data") == volume)
    }

    @Test func `names are unique in a project, and ids in all projects`() async throws {
        let volume = try await theirs.create(try request("data")).volume
        #expect(try await ours.create(try request("data")).isNew)
        let error = await #expect(throws: VolumeError.self) {
            try await ours.create(try request("other", id: volume.id))
        }
        #expect(error?.code == .conflict)
        #expect(try await ours.volumes().map(\.label) == ["data"])
    }

    @Test func `each project has its own usage and limits`()
        async throws
    {
        for name in ["a", "b"] { _ = try await theirs.create(try request(name)) }
        #expect(try await ours.quota().usage.inUse == QuotaAmount())
        let full = await #expect(throws: VolumeError.self) { try await theirs.create(try request("c")) }
        #expect(full?.code == .quotaExceeded)
        let change = QuotaChange(volumes: .amount(3), gigabytes: .amount(1), perVolumeGigabytes: .unlimited)
        let refused = await #expect(throws: VolumeError.self) { try await theirs.setQuota(change) }
        #expect(refused?.code == .notPermitted)
        let admin = ours.scoped(to: Scope(project: "theirs"))
        let limits = try await admin.setQuota(change).limits
        #expect(limits == QuotaLimits(volumes: 3, gigabytes: 1))
        _ = try await theirs.create(try request("c"))
        for limit in [QuotaLimit.amount(0), .configured] {
            try await admin.setQuota(QuotaChange(volumes: limit))
            let error = await #expect(throws: VolumeError.self) { try await theirs.create(try request("d")) }
            #expect(error?.code == .quotaExceeded)
        }
        #expect(try await theirs.quota().usage.inUse.volumes == 3)
        try await admin.setQuota(QuotaChange(volumes: .unlimited))
        _ = try await theirs.create(try request("d"))
        #expect(try await ours.quota().limits == QuotaLimits(volumes: 2))
    }

    @Test(arguments: [QuotaChange(volumes: .amount(-2)), QuotaChange(gigabytes: .amount(1 << 40))])
    func `an impossible limit is refused, and nothing is changed`(change: QuotaChange) async throws {
        var change = change
        change.limits[.perVolumeGigabytes] = .amount(7)
        let error = await #expect(throws: VolumeError.self) { try await ours.setQuota(change) }
        #expect(error?.code == .invalidInput)
        #expect(try await ours.quota().limits == QuotaLimits(volumes: 2))
    }
}
