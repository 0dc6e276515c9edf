import DriverKit
import Foundation
import Identity
import LoopbackDriver
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Volumes that are made of snapshots and of volumes.
@Suite(.scratchDirectory)
struct CopyTests {
    private func size(_ mebibytes: Int64) throws -> SizeExpression {
        .exactly(try #require(ByteCount(bytes: mebibytes << 20)))
    }

    private func request(_ name: String, _ source: VolumeSource, _ size: SizeExpression? = nil) throws -> VolumeRequest
    {
        VolumeRequest(name: try VolumeName(validating: name), size: size, source: source)
    }

    private func bytes(_ volume: Volume, _ scene: Scene) throws -> Data {
        try Data(contentsOf: URL(filePath: scene.backend.location(of: volume.id)))
    }

    @Test(arguments: [VolumeSource.snapshot("data@daily"), .volume("data")])
    func `a copy begins with what its source holds, is its own volume, and as large as asked`(source: VolumeSource)
        async throws
    {
        let scene = try Scene()
        let original = try await scene.create(mebibytes: 2)
        let file = try FileHandle(forWritingTo: URL(filePath: scene.backend.location(of: original.id)))
        try file.write(contentsOf: Data("content".utf8))
        try file.close()
        try await scene.snapshot("daily")
        let copy = try await scene.service.create(request("copy", source)).volume
        #expect(copy.status == .available && copy.size == original.size)
        #expect((copy.sourceSnapshot != nil) != (copy.sourceVolume == original.id))
        #expect(try bytes(copy, scene) == bytes(original, scene))
        let larger = try await scene.service.create(request("larger", source, size(3))).volume
        #expect(try bytes(larger, scene) == bytes(original, scene) + Data(count: 1 << 20))
        #expect(try await scene.service.quota().usage.inUse.size.bytes == 9 << 20)
        try await scene.service.deleteSnapshots(of: "data")
        try await scene.service.delete("data")
        #expect(await scene.service.backendState(of: copy) == .found(.complete(copy.size)))
        #expect(try bytes(copy, scene).starts(with: Data("content".utf8)))
    }

    @Test func `the same wish twice is one volume, and another source is another wish`() async throws {
        let scene = try Scene()
        try await scene.create()
        try await scene.create("other")
        let first = try await scene.service.create(request("copy", .volume("data")))
        #expect(first.isNew)
        #expect(try await !scene.service.create(request("copy", .volume("data"))).isNew)
        #expect(try await !scene.service.create(request("copy", .volume("data"), size(1))).isNew)
        for other in [
            try request("copy", .volume("other")), try request("copy", .volume("data"), size(2)),
            VolumeRequest(name: first.volume.name, size: try size(1)),
        ] {
            let error = await #expect(throws: VolumeError.self) { try await scene.service.create(other) }
            #expect(error?.code == .conflict)
        }
    }

    @Test
    func `a copy that is smaller than its source, or has no size of its own, is refused before anything is stored`()
        async throws
    {
        let scene = try Scene()
        try await scene.create(mebibytes: 2)
        try await scene.snapshot("daily")
        let flows = try await scene.service.flows(limit: 100).count
        for source in [VolumeSource.volume("data"), .snapshot("daily")] {
            for size in [try size(1), .allFree, .growing(try #require(ByteCount(bytes: 1 << 30)))] {
                let error = await #expect(throws: VolumeError.self) {
                    try await scene.service.create(request("copy", source, size))
                }
                #expect(error?.code == .invalidInput)
            }
        }
        for source in [VolumeSource.volume("none"), .snapshot("none"), .snapshot("none@daily")] {
            let error = await #expect(throws: VolumeError.self) {
                try await scene.service.create(request("copy", source))
            }
            #expect(error?.code == .notFound)
        }
        var elsewhere = try request("copy", .volume("data"))
        elsewhere.pool = "elsewhere"
        await #expect(throws: VolumeError.self) { try await scene.service.create(elsewhere) }
        #expect(try await scene.service.flows(limit: 100).count == flows)
        try await scene.expectUsage(volumes: 1, mebibytes: 4, snapshots: 1)
    }

    @Test(arguments: [VolumeSource.snapshot("data@daily"), .volume("data")])
    func `a source stays while a volume is made of it`(source: VolumeSource) async throws {
        let scene = try Scene()
        let service = scene.service
        try await scene.create()
        try await scene.snapshot("daily")
        // The flow is left where the driver is to be asked.
        var control = RequestControl()
        control.waits = false
        let begun = try await service.handingOver { _ in }.create(request("copy", source), control: control)
        #expect(begun.volume.status == .creating)
        let reverted = await #expect(throws: VolumeError.self) { try await service.revert("data", to: "daily") }
        #expect(reverted?.code == .conflict && reverted?.message.contains("a volume is being made of it") == true)
        if case .snapshot = source {
            let removed = await #expect(throws: VolumeError.self) { try await service.deleteSnapshot("daily") }
            #expect(removed?.code == .conflict && removed?.message.contains("a volume is being made of it") == true)
        } else {
            try await service.deleteSnapshot("daily")
            let removed = await #expect(throws: VolumeError.self) { try await service.delete("data") }
            #expect(removed?.code == .conflict && removed?.message.contains("a volume is being made of it") == true)
        }
        try await service.resume(control.flow)
        #expect(try await service.find("copy").status == .available)
        try await service.deleteSnapshots(of: "data")
        try await service.delete("data")
    }

    @Test(arguments: [Fault.doneWithoutEffect, .errorAfterEffect(.broken), .doneAtHalfSize])
    func `a copy is what can be seen of it`(fault: Fault) async throws {
        let scene = try LyingScene()
        try await scene.create()
        scene.faults.order(fault, for: .clone)
        let error = await #expect(throws: VolumeError.self) {
            try await scene.service.create(request("copy", .volume("data")))
        }
        #expect(error?.code == .driverFailed)
        #expect(try await scene.service.volumes().count == 1)
        #expect(try await scene.backend.list().count == 1)
        let quota = try await scene.service.quota()
        #expect(quota.usage == quota.counted && quota.usage.inUse.volumes == 1)
    }

    @Test func `a failed copy that is left stays to be undone when its source is gone`() async throws {
        let scene = try Scene()
        try await scene.create()
        scene.fail(.clone, .after, with: .broken)
        scene.fail(.delete, .before, with: .broken)
        let error = await #expect(throws: VolumeError.self) {
            try await scene.service.create(request("copy", .volume("data")))
        }
        #expect(error?.code == .revertIncomplete)
        try await scene.service.delete("data")
        #expect(try await scene.service.find("copy").status == .error)
        try await scene.service.retry(try #require(error?.flow))
        try await scene.expectNothing()
    }
}
