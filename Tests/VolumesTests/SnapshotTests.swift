import Identity
import LoopbackDriver
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

@Suite(.scratchDirectory)
struct SnapshotTests {
    private func expectUsage(_ scene: Scene, snapshots: Int, mebibytes: Int64) async throws {
        let quota = try await scene.service.quota()
        #expect(quota.usage.inUse.snapshots == snapshots)
        #expect(quota.usage.inUse.size.bytes == mebibytes << 20)
        #expect(quota.usage.reserved == QuotaAmount())
        #expect(quota.usage == quota.counted)
    }

    @Test func `a snapshot is there when it is said to be, and counts as itself and as its volume's size`() async throws
    {
        let scene = try Scene()
        let volume = try await scene.create(mebibytes: 3)
        let snapshot = try await scene.snapshot("daily")
        #expect(snapshot.status == .available && snapshot.volume == volume.id && snapshot.label == "data@daily")
        let held = BackendSnapshot(id: snapshot.id, of: volume.id, presence: .complete(volume.size))
        #expect(try await scene.backend.listSnapshots() == [held])
        #expect(await scene.service.backendState(of: snapshot) == .found(.complete(volume.size)))
        try await expectUsage(scene, snapshots: 1, mebibytes: 6)
        try await scene.service.deleteSnapshot("data@daily")
        #expect(try await scene.backend.listSnapshots().isEmpty)
        try await expectUsage(scene, snapshots: 0, mebibytes: 3)
    }

    @Test func `a snapshot costs two commits to make, and two to remove`() async throws {
        let scene = try Scene()
        try await scene.create()
        var before = scene.database.commitCount
        try await scene.snapshot("daily")
        #expect(scene.database.commitCount - before == 2)
        before = scene.database.commitCount
        try await scene.service.deleteSnapshot("daily")
        #expect(scene.database.commitCount - before == 2)
    }

    @Test func `a name is taken once in a volume, and many volumes may have it`() async throws {
        let scene = try Scene()
        for name in ["data", "web"] {
            try await scene.create(name)
            try await scene.snapshot("daily", of: name)
        }
        let taken = await #expect(throws: VolumeError.self) { try await scene.snapshot("daily") }
        #expect(taken?.code == .conflict)
        let ambiguous = await #expect(throws: VolumeError.self) { try await scene.service.findSnapshot("daily") }
        #expect(ambiguous?.cause == "they are data@daily, web@daily")
        let snapshot = try await scene.service.findSnapshot("web@daily")
        #expect(try await scene.service.snapshot(named: "\(snapshot.id)") == snapshot)
        #expect(try await scene.service.snapshot(named: "web@\(snapshot.id)") == snapshot)
        #expect(try await scene.service.findSnapshot(String("\(snapshot.id)".prefix(8))) == snapshot)
        let strict = await #expect(throws: VolumeError.self) {
            try await scene.service.snapshot(named: String("\(snapshot.id)".prefix(8)))
        }
        #expect(strict?.code == .notFound && strict?.cause?.contains("\(snapshot.id)") == true)
        let foreign = await #expect(throws: VolumeError.self) {
            try await scene.service.snapshot(named: "data@\(snapshot.id)")
        }
        #expect(foreign?.code == .notFound)
        try await expectUsage(scene, snapshots: 2, mebibytes: 4)
    }

    @Test func `a request with an id of its own is one snapshot, however often it is made`() async throws {
        let scene = try Scene()
        try await scene.create()
        let request = SnapshotRequest(of: "data", id: .random())
        #expect(try await scene.service.createSnapshot(request).isNew)
        #expect(try await !scene.service.createSnapshot(request).isNew)
        try await expectUsage(scene, snapshots: 1, mebibytes: 2)
    }

    @Test(arguments: [
        (QuotaLimits(snapshots: 1), "snapshots", "1 in use + 0 reserved + 1 requested > limit 1"),
        (QuotaLimits(gigabytes: 2), "gigabytes", "2 GiB in use + 0 B reserved + 1 GiB requested > limit 2 GiB"),
    ])
    func `a quota refuses a snapshot with the numbers`(limits: QuotaLimits, name: String, cause: String) async throws {
        let scene = try Scene(limits: limits)
        try await scene.create(mebibytes: 1024)
        try await scene.snapshot("first")
        let error = await #expect(throws: VolumeError.self) { try await scene.snapshot("second") }
        #expect(error?.code == .quotaExceeded && error?.cause == cause)
        #expect(error?.message.contains("quota \"\(name)\"") == true)
        try await expectUsage(scene, snapshots: 1, mebibytes: 2048)
    }

    @Test func `a volume with snapshots is not removed, and the snapshots are named`() async throws {
        let scene = try Scene()
        let volume = try await scene.create()
        for number in 1...7 { try await scene.snapshot("s\(number)") }
        let error = await #expect(throws: VolumeError.self) { try await scene.service.delete("data") }
        #expect(error?.code == .conflict)
        #expect(error?.cause == "data@s1, data@s2, data@s3, data@s4, data@s5 and 2 more")
        #expect(error?.remedies.first == .removeVolumeWithSnapshots("data"))
        #expect(try await scene.service.volume(volume.id).status == .available)
        try await scene.service.deleteSnapshots(of: "data")
        try await scene.service.delete("data")
        try await scene.expectNothing()
        #expect(try await scene.backend.listSnapshots().isEmpty)
    }

    @Test func `a volume that is being removed gets no snapshot, and a removal waits for none`() async throws {
        let scene = try Scene()
        try await scene.create()
        scene.fail(.delete, .before, with: .broken)
        for _ in 1...2 { scene.fail(.inspect, .before, with: .broken) }
        await #expect(throws: VolumeError.self) { try await scene.service.delete("data") }
        let error = await #expect(throws: VolumeError.self) { try await scene.snapshot("late") }
        #expect(error?.code == .conflict && error?.message.hasSuffix("is error_deleting") == true)
        try await expectUsage(scene, snapshots: 0, mebibytes: 1)
    }

    @Test func `of 10 that remove one snapshot at once, it is gone and none has broken anything`() async throws {
        let scene = try Scene()
        try await scene.create()
        try await scene.snapshot("daily")
        let codes = await withTaskGroup { group in
            for _ in 0..<10 {
                group.addTask { () async -> VolumeError.Code? in
                    do throws(VolumeError) {
                        try await scene.service.deleteSnapshot("data@daily")
                        return nil
                    } catch {
                        return error.code
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.contains { $0 == nil } && codes.allSatisfy { $0 == nil || $0 == .notFound })
        try await expectUsage(scene, snapshots: 0, mebibytes: 1)
    }

    @Test func `of 20 that want one name at once, one makes it`() async throws {
        let scene = try Scene()
        try await scene.create()
        let made = await withTaskGroup { group in
            for _ in 0..<20 { group.addTask { (try? await scene.snapshot("daily")) != nil } }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 1)
        try await expectUsage(scene, snapshots: 1, mebibytes: 2)
    }

    @Test func `a driver that makes no snapshots is refused before anything is stored`() async throws {
        let driver = PlainDriver(base: LoopbackDriver(directory: ScratchDirectory.path + "/pool"))
        let service = try VolumeService(
            database: TestDatabase.open(),
            pools: [Pool(name: "default", driver: driver)]
        )
        let volume = try await service.create(VolumeRequest(size: SizeExpression(parsing: "1M"))).volume
        let error = await #expect(throws: VolumeError.self) {
            try await service.createSnapshot(SnapshotRequest(of: "\(volume.id)"))
        }
        #expect(error?.code == .conflict && error?.message.hasSuffix("does not offer 'snapshot'") == true)
        #expect(error?.aftermath == "nothing was changed")
        #expect(try await service.flows(limit: 2).count == 1)
    }

    @Test func `a snapshot that could not be undone is retried, given up or removed`() async throws {
        let scene = try Scene()
        try await scene.create()
        func fail() async throws -> Snapshot {
            scene.fail(.createSnapshot, .after)
            scene.fail(.deleteSnapshot, .before, leftBehind: "a file")
            let error = await #expect(throws: VolumeError.self) { try await scene.snapshot("bad") }
            #expect(error?.code == .revertIncomplete && error?.aftermath.contains("LEFT BEHIND: a file") == true)
            let snapshot = try await scene.service.findSnapshot("bad")
            #expect(snapshot.status == .error)
            return snapshot
        }
        try await scene.service.retry(fail().flow)
        try await expectUsage(scene, snapshots: 0, mebibytes: 1)
        _ = try await fail()
        try await scene.service.deleteSnapshot("bad")
        try await expectUsage(scene, snapshots: 0, mebibytes: 1)
        try await scene.service.abandon(fail().flow, forgettingBackend: false)
        try await expectUsage(scene, snapshots: 1, mebibytes: 2)
        try await scene.service.deleteSnapshot("bad")
        try await expectUsage(scene, snapshots: 0, mebibytes: 1)
        let forgotten = try await scene.service.abandon(fail().flow, forgettingBackend: true)
        #expect(forgotten.snapshots.count == 1)
        try await expectUsage(scene, snapshots: 0, mebibytes: 1)
    }

    @Test func `another project's snapshots are not there`() async throws {
        let scene = try Scene()
        try await scene.create()
        let snapshot = try await scene.snapshot("daily")
        let theirs = scene.service.scoped(to: Scope(project: "other"))
        for reference in ["daily", "data@daily", "\(snapshot.id)", String("\(snapshot.id)".prefix(8))] {
            let error = await #expect(throws: VolumeError.self) { try await theirs.deleteSnapshot(reference) }
            #expect(error?.code == .notFound)
            await #expect(throws: VolumeError.self) { try await theirs.findSnapshot(reference) }
        }
        #expect(try await theirs.snapshotPages().joined().isEmpty)
    }
}

/// A driver that makes and removes volumes and can do nothing else.
private struct PlainDriver: ForwardingDriver {
    static let kind = "plain"
    let base: LoopbackDriver

}
