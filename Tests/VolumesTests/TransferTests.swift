import Identity
import LoopbackDriver
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Volumes that go from one project to another.
@Suite(.scratchDirectory)
struct TransferTests {
    private let scene: Scene
    private let theirs: VolumeService

    init() throws {
        scene = try Scene()
        theirs = scene.service.scoped(to: Scope(project: "theirs"))
    }

    enum Change: CaseIterable {
        case delete, snapshot, removeSnapshot, attributes
    }

    @Test(arguments: Change.allCases)
    func `a request that has found a volume before it is given away changes nothing of it`(
        _ change: Change
    ) async throws {
        try await scene.create("data")
        try await scene.snapshot("kept")
        let overtaken = OvertakenDatabase(scene.database, afterFirst: .read) { [scene] in
            try await scene.service.transfer("data", to: "theirs")
        }
        let service = try VolumeService(database: overtaken, pools: [Pool(name: "default", driver: scene.backend)])
        let error = await #expect(throws: VolumeError.self) {
            switch change {
            case .delete: _ = try await service.delete("data")
            case .snapshot: _ = try await service.createSnapshot(SnapshotRequest(of: "data", name: nil))
            case .removeSnapshot: _ = try await service.deleteSnapshot("data@kept")
            case .attributes: _ = try await service.change("data", VolumeChange())
            }
        }
        #expect(error?.code == .notFound)
        #expect(try await theirs.find("data").status == .available)
        try await expectUsage(of: scene.service, volumes: 0, snapshots: 0, mebibytes: 0)
        try await expectUsage(of: theirs, volumes: 1, snapshots: 1, mebibytes: 2)
    }

    private func expectRefusal(
        _ code: VolumeError.Code,
        to project: String = "theirs",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try await scene.service.find("data")
        let error = await #expect(throws: VolumeError.self, sourceLocation: sourceLocation) {
            try await scene.service.transfer("data", to: project)
        }
        #expect(error?.code == code, sourceLocation: sourceLocation)
        #expect(try await scene.service.find("data") == before, sourceLocation: sourceLocation)
    }

    private func expectUsage(
        of service: VolumeService,
        volumes: Int,
        snapshots: Int,
        mebibytes: Int64,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let quota = try await service.quota()
        let size = try #require(ByteCount(bytes: mebibytes << 20))
        let amount = QuotaAmount(volumes: volumes, size: size, snapshots: snapshots)
        #expect(quota.usage == QuotaUsage(inUse: amount), sourceLocation: sourceLocation)
        #expect(quota.usage == quota.counted, sourceLocation: sourceLocation)
    }

    @Test func `a volume goes with its snapshots and its quota, and only its new project sees it`() async throws {
        let volume = try await scene.create("data")
        let snapshot = try await scene.snapshot("kept")
        let moved = try await scene.service.transfer("data", to: "theirs")
        #expect(moved.volume.project == "theirs" && moved.volume.id == volume.id && moved.snapshots == 1)
        #expect(try await scene.service.volumes().isEmpty)
        #expect(try await scene.service.snapshotPages().joined().readable.isEmpty)
        try await expectUsage(of: scene.service, volumes: 0, snapshots: 0, mebibytes: 0)
        #expect(try await theirs.find("data") == moved.volume)
        #expect(try await theirs.findSnapshot("data@kept").id == snapshot.id)
        #expect(try await theirs.flow("\(volume.flow)").detail.id == volume.flow)
        try await expectUsage(of: theirs, volumes: 1, snapshots: 1, mebibytes: 2)
        try await theirs.deleteSnapshots(of: "data")
        try await theirs.delete("data")
        try await expectUsage(of: theirs, volumes: 0, snapshots: 0, mebibytes: 0)
    }

    @Test func `the limits of the new project apply to the volume and its snapshots together`() async throws {
        try await scene.create("data")
        try await scene.snapshot("kept")
        for change in [
            QuotaChange(volumes: .amount(0)), QuotaChange(snapshots: .amount(0)), QuotaChange(gigabytes: .amount(0)),
            QuotaChange(perVolumeGigabytes: .amount(0)),
        ] {
            try await theirs.setQuota(change)
            try await expectRefusal(.quotaExceeded)
            try await theirs.setQuota(
                QuotaChange(
                    volumes: .configured,
                    gigabytes: .configured,
                    perVolumeGigabytes: .configured,
                    snapshots: .configured
                )
            )
        }
        try await expectUsage(of: scene.service, volumes: 1, snapshots: 1, mebibytes: 2)
        try await expectUsage(of: theirs, volumes: 0, snapshots: 0, mebibytes: 0)
    }

    @Test func `a name that the new project has, and a text that is no project, are refused`() async throws {
        try await scene.create("data")
        let size = try #require(ByteCount(bytes: 1 << 20))
        _ = try await theirs.create(VolumeRequest(name: try VolumeName(validating: "data"), size: .exactly(size)))
        try await expectRefusal(.conflict)
        for project in ["", "a b", "../x"] { try await expectRefusal(.invalidInput, to: project) }
    }

    @Test func `a transfer to the present project changes nothing`() async throws {
        let volume = try await scene.create("data")
        #expect(try await scene.service.transfer("data", to: "default").volume == volume)
    }

    @Test func `a volume in use stays in its project`() async throws {
        let scene = try await UseScene()
        _ = try await scene.service.attach("data")
        let error = await #expect(throws: VolumeError.self) { try await scene.service.transfer("data", to: "theirs") }
        #expect(error?.code == .conflict)
        let forgetting = await #expect(throws: VolumeError.self) { try await scene.service.forget("data") }
        #expect(forgetting?.code == .conflict)
        #expect(try await scene.volume.project == "default")
    }
}
