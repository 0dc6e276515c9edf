import Foundation
import Identity
import LoopbackDriver
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Cinder's cases of creating, copying, extending and deleting volumes, with its values; MiB stand for its GB.
@Suite(.scratchDirectory)
struct CinderCaseTests {
    private static func mebibytes(_ count: Int64) -> ByteCount { ByteCount(bytes: count << 20) ?? .zero }

    private func request(
        _ name: String,
        mebibytes: Int64? = 1,
        of source: VolumeSource? = nil,
        in pool: String? = nil
    ) throws -> VolumeRequest {
        let size = mebibytes.map { SizeExpression.exactly(Self.mebibytes($0)) }
        return VolumeRequest(name: try VolumeName(validating: name), size: size, source: source, pool: pool)
    }

    /// A service on pools of which each has more room than the next.
    private func service(_ pools: [(name: String, options: LoopbackOptions)]) throws -> VolumeService {
        try VolumeService(
            database: TestDatabase.open(),
            pools: pools.enumerated()
                .map { position, pool in
                    let directory = "\(ScratchDirectory.path)/\(pool.name)"
                    return Pool(
                        name: pool.name,
                        driver: LoopbackDriver(directory: directory, options: pool.options),
                        overSubscriptionRatio: 20 - Double(position),
                        placement: PoolPlacement(zone: "nova")
                    )
                }
        )
    }

    @Test(arguments: [("2", 2 << 30), ("2Gb", 2_000_000_000), ("1.5", 3 << 29), ("0", nil), ("-1", nil)])
    func `C01: a size is whole bytes, at least one, in any unit`(text: String, bytes: Int64?) throws {
        let expected = bytes.flatMap(ByteCount.init(bytes:)).map(SizeExpression.exactly)
        #expect((try? SizeExpression(parsing: text)) == expected)
    }

    @Test func `C09: a volume has what its request says, and nothing else`() async throws {
        let service = try service([("pool", LoopbackOptions())])
        try await service.createType("fake", VolumeTypeChange())
        try await service.createQoSSpecs("specs", QoSChange(specs: ["fake_key": "fake"]))
        try await service.associateQoSSpecs("specs", withType: "fake")
        var wanted = try request("data", mebibytes: 1024)
        (wanted.type, wanted.placement) = ("fake", PlacementRequest(zone: "nova"))
        let volume = try await service.create(wanted).volume
        #expect(volume.size == ByteCount(gibibytes: 1) && volume.type == "fake" && volume.pool == "pool")
        #expect(volume.sourceSnapshot == nil && volume.sourceVolume == nil && volume.sourceImage == nil)
        #expect(volume.attributes == VolumeAttributes() && volume.group == nil)
        #expect(try await service.qosSpecs(named: "specs").specs == ["fake_key": "fake"])
    }

    @Test func `C11: a volume of an image has the type of its request, or the configured one`() async throws {
        let service = try service([("pool", LoopbackOptions())])
        for type in ["image_vol_type", "fake_vol_type"] { try await service.createType(type, VolumeTypeChange()) }
        let path = ScratchDirectory.path + "/disk.raw"
        try Data(count: 1 << 20).write(to: URL(filePath: path))
        let image = VolumeSource.image(VolumeImage(path: path, format: .raw))
        var wanted = try request("a", of: image)
        wanted.defaultType = "fake_vol_type"
        #expect(try await service.create(wanted).volume.type == "fake_vol_type")
        wanted = try request("b", of: image)
        (wanted.type, wanted.defaultType) = ("image_vol_type", "fake_vol_type")
        #expect(try await service.create(wanted).volume.type == "image_vol_type")
        wanted = try request("c", of: image)
        wanted.type = "invalid"
        let error = await #expect(throws: VolumeError.self) { try await service.create(wanted) }
        #expect(error?.code == .notFound && error?.message.contains("'invalid'") == true)
        #expect(error?.cinderName == "VolumeTypeNotFound")
    }

    @Test(arguments: [true, false])
    func `C13: a copy is bootable if its source is`(isBootable: Bool) async throws {
        let scene = try Scene()
        var wanted = try request("data")
        wanted.attributes.isBootable = isBootable
        _ = try await scene.service.create(wanted)
        try await scene.snapshot("daily")
        // A snapshot begins as its volume is when the copy is made, as in Cinder.
        for (name, source) in [("snapped", VolumeSource.snapshot("data@daily")), ("cloned", .volume("data"))] {
            let copy = try await scene.service.create(request(name, mebibytes: nil, of: source)).volume
            #expect(copy.attributes.isBootable == isBootable)
        }
        var marked = try request("marked", mebibytes: nil, of: .volume("data"))
        marked.attributes.isBootable = true
        #expect(try await scene.service.create(marked).volume.attributes.isBootable)
    }

    @Test func `C14: a copy is made in the pool of its source, and a member of a group in any`() async throws {
        let service = try service([("large", LoopbackOptions()), ("small", LoopbackOptions())])
        try await service.createGroup(GroupRequest(name: try VolumeName(validating: "db")))
        var member = try request("data", in: "small")
        member.group = "db"
        #expect(try await service.create(member).volume.pool == "small")
        let name = try VolumeName(validating: "daily", as: "snapshot")
        _ = try await service.createSnapshot(SnapshotRequest(of: "data", name: name))
        for (name, source) in [("snapped", VolumeSource.snapshot("data@daily")), ("cloned", .volume("data"))] {
            #expect(try await service.create(request(name, of: source)).volume.pool == "small")
        }
        #expect(try await service.create(request("new")).volume.pool == "large")
        member = try request("other")
        member.group = "db"
        #expect(try await service.create(member).volume.pool == "large")
    }

    @Test func `C19: an object that is adopted needs no room, whatever its pool has`() async throws {
        let roomy = try Scene()
        let object = try await roomy.create("old").id.backendName
        try await roomy.service.forget("old")
        await roomy.service.close()
        let scene = try Scene(reservedPercentage: 100)
        let refused = await #expect(throws: VolumeError.self) { try await scene.create() }
        #expect(refused?.code == .noValidPool && refused?.verdicts.first?.filter == "CapacityFilter")
        let name = try VolumeName(validating: "data")
        #expect(try await scene.service.adopt(object, in: "default", as: name).volume.status == .available)
        try await scene.expectUsage(volumes: 1, mebibytes: 1)
    }

    @Test func `C20: a volume that stays in its pool needs no room in it`() async throws {
        let roomy = try Scene()
        try await roomy.create()
        try await roomy.service.createType("other", VolumeTypeChange())
        await roomy.service.close()
        let full = try Scene(reservedPercentage: 100)
        #expect(try await full.service.retype("data", to: "other").type == "other")
    }

    @Test func `C28: an extension from 50 to 100 needs 50`() async throws {
        var options = LoopbackOptions()
        options.promisedLimit = Self.mebibytes(100)
        let service = try service([("pool", options)])
        _ = try await service.create(request("data", mebibytes: 50))
        let size = SizeExpression.exactly(Self.mebibytes(100))
        #expect(try await service.resize("data", to: size).volume.size == Self.mebibytes(100))
        try await service.delete("data")
        _ = try await service.create(request("data", mebibytes: 51))
        let error = await #expect(throws: VolumeError.self) {
            try await service.resize("data", to: .growing(Self.mebibytes(50)))
        }
        #expect(error?.code == .noValidPool)
        #expect(error?.verdicts.map(\.why) == ["needs 50 MiB, 49 MiB left of the pool's limit of 100 MiB"])
        #expect(try await service.find("data").size == Self.mebibytes(51))
    }

    @Test func `C47: a create that no pool can take leaves no volume, and one event with the reason`() async throws {
        let scene = try Scene(reservedPercentage: 100)
        let error = await #expect(throws: VolumeError.self) { try await scene.create() }
        #expect(error?.code == .noValidPool && error?.cinderName == "NoValidBackend")
        try await scene.expectNothing()
        let events = try await scene.service.eventPages().joined().readable
        #expect(events.map(\.name) == ["volume.create.start", "volume.create.error"])
        #expect(events.last?.payload.error?.step == "schedule")
        #expect(events.last?.payload.error?.code == "no_valid_pool")
        #expect(try await scene.service.flows(limit: 1).first?.state == .reverted)
    }

    @Test func `C56: a volume is counted in its pool from its create to its delete, and told as in Cinder`()
        async throws
    {
        let scene = try Scene()
        func provisioned() async throws -> ProvisionedCapacity? {
            let capacity = try await scene.service.provisionedCapacity()
            #expect(capacity.kept == capacity.counted)
            return capacity.kept["default"]
        }
        let volume = try await scene.create(mebibytes: 1024)
        #expect(try await provisioned()?.volumes == 1)
        #expect(try await provisioned()?.size == ByteCount(gibibytes: 1))
        try await scene.service.delete("data")
        #expect(try await provisioned()?.volumes ?? 0 == 0)
        let events = try await scene.service.eventPages(EventSelection(object: "\(volume.id)")).joined().readable
        #expect(
            events.map(\.name) == [
                "volume.create.start", "volume.create.end", "volume.delete.start", "volume.delete.end",
            ]
        )
        #expect(events.last?.payload.status == "deleted")
        // A driver that fails before another pool may succeed, and one whose volume is gone.
        scene.fail(.create, .before)
        await #expect(throws: VolumeError.self) { try await scene.create() }
        #expect(try await provisioned()?.volumes ?? 0 == 0)
        try await scene.expectNothing()
    }

    @Test func `C59: each pool has the sum of its volumes, also for the next process`() async throws {
        let sizes: [(pool: String, mebibytes: Int64)] = [
            ("host", 100), ("pool0", 128), ("pool0", 256), ("pool1", 512), ("pool2", 1024),
        ]
        let pools = ["host", "pool0", "pool1", "pool2"].map { ($0, LoopbackOptions()) }
        let first = try service(pools)
        for (number, volume) in sizes.enumerated() {
            _ = try await first.create(request("v\(number)", mebibytes: volume.mebibytes, in: volume.pool))
        }
        await first.close()
        let next = try service(pools)
        #expect(try await next.recover().isEmpty)
        let capacity = try await next.provisionedCapacity()
        #expect(capacity.kept == capacity.counted)
        #expect(
            capacity.kept.mapValues { $0.size.bytes >> 20 } == ["host": 100, "pool0": 384, "pool1": 512, "pool2": 1024]
        )
        #expect(capacity.kept.values.reduce(0) { $0 + $1.size.bytes >> 20 } == 2020)
    }
}
