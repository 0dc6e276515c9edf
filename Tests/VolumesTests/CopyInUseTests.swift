import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Snapshots and clones of volumes that are in use.
@Suite(.scratchDirectory)
struct CopyInUseTests {
    private func clone() throws -> VolumeRequest {
        VolumeRequest(name: try VolumeName(validating: "copy"), source: .volume("data"))
    }

    @Test func `a driver that copies at once makes them, and they are called crash-consistent`() async throws {
        let scene = try await UseScene(copiesAtOnce: true)
        let free = try await scene.service.createSnapshot(SnapshotRequest(of: "data"))
        #expect(!free.isCrashConsistent)
        _ = try await scene.service.attach("data")
        let used = try await scene.service.createSnapshot(SnapshotRequest(of: "data"))
        #expect(used.isCrashConsistent && used.snapshot.status == .available)
        let copy = try await scene.service.create(clone())
        #expect(copy.isCrashConsistent && copy.volume.status == .available)
        #expect(try await scene.status == .inUse)
    }

    @Test func `with any other driver they are refused before anything is begun`() async throws {
        let scene = try await UseScene()
        _ = try await scene.service.attach("data")
        let flows = try await scene.flowCount
        let snapshot = await #expect(throws: VolumeError.self) {
            try await scene.service.createSnapshot(SnapshotRequest(of: "data"))
        }
        let copy = await #expect(throws: VolumeError.self) { try await scene.service.create(clone()) }
        for error in [snapshot, copy] {
            #expect(error?.code == .conflict && error?.message.contains("can't copy it at one moment") == true)
            #expect(error?.remedies.first == .detachVolume("data"))
        }
        #expect(try await scene.flowCount == flows)
    }
}
