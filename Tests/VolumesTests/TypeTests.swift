import LoopbackDriver
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

@Suite(.scratchDirectory)
struct TypeTests {
    /// Two pools, of which the one with slow disks takes more volumes.
    private func service() throws -> VolumeService {
        func pool(_ name: String, ratio: Double, _ capabilities: [String: String]) -> Pool {
            Pool(
                name: name,
                driver: LoopbackDriver(directory: "\(ScratchDirectory.path)/\(name)"),
                overSubscriptionRatio: ratio,
                extraCapabilities: capabilities
            )
        }
        return try VolumeService(
            database: TestDatabase.open(),
            pools: [pool("fast", ratio: 10, ["media": "ssd, nvme"]), pool("bulk", ratio: 20, ["media": "hdd"])]
        )
    }

    private func request(_ name: String, type: String?, gibibytes: Int64 = 1) throws -> VolumeRequest {
        var request = VolumeRequest(
            name: try VolumeName(validating: name),
            size: .exactly(try #require(ByteCount(gibibytes: gibibytes)))
        )
        request.type = type
        return request
    }

    @Test func `a volume of a type goes to a pool that meets what the type demands`() async throws {
        let service = try service()
        try await service.createType("ssd", VolumeTypeChange(extraSpecs: ["media": "<or> ssd <or> nvme"]))
        try await service.createType("named", VolumeTypeChange(extraSpecs: ["volume_backend_name": "fast"]))
        try await service.createType("thin", VolumeTypeChange(extraSpecs: ["thin_provisioning_support": "<is> true"]))
        #expect(try await service.create(request("a", type: "ssd")).volume.pool == "fast")
        #expect(try await service.create(request("b", type: "named")).volume.pool == "fast")
        #expect(try await service.create(request("c", type: "thin")).volume.pool == "bulk")
        let volume = try await service.create(request("d", type: nil)).volume
        #expect(volume.pool == "bulk" && volume.type == nil)
    }

    @Test func `when no pool meets it, each says what it lacks, and nothing is left behind`() async throws {
        let service = try service()
        try await service.createType("tape", VolumeTypeChange(extraSpecs: ["media": "tape"]))
        let error = await #expect(throws: VolumeError.self) { try await service.create(request("a", type: "tape")) }
        #expect(error?.code == .noValidPool)
        #expect(error?.verdicts.map(\.filter) == ["CapabilitiesFilter", "CapabilitiesFilter"])
        #expect(error?.verdicts.map(\.why).first == "requires media tape, but the pool has ssd, nvme")
        #expect(try await service.volumes().isEmpty)
    }

    @Test func `the same request with another type is another request`() async throws {
        let service = try service()
        for name in ["one", "two"] { try await service.createType(name, VolumeTypeChange()) }
        let volume = try await service.create(request("a", type: "one")).volume
        #expect(volume.type == "one")
        #expect(try await service.create(request("a", type: "one")).volume == volume)
        #expect(try await service.create(request("a", type: nil)).volume == volume)
        let error = await #expect(throws: VolumeError.self) { try await service.create(request("a", type: "two")) }
        #expect(error?.code == .conflict)
    }

    @Test func `a type limits the sizes of its volumes when they are created and extended`() async throws {
        let service = try service()
        try await service.createType(
            "small",
            VolumeTypeChange(extraSpecs: ["provisioning:min_vol_size": "2", "provisioning:max_vol_size": "4"])
        )
        for gibibytes in [1, 5] as [Int64] {
            let error = await #expect(throws: VolumeError.self) {
                _ = try await service.create(request("a", type: "small", gibibytes: gibibytes))
            }
            #expect(error?.code == .invalidInput)
        }
        _ = try await service.create(request("a", type: "small", gibibytes: 2))
        try await service.resize("a", to: .exactly(try #require(ByteCount(gibibytes: 3))))
        let error = await #expect(throws: VolumeError.self) {
            try await service.resize("a", to: .exactly(try #require(ByteCount(gibibytes: 5))))
        }
        #expect(error?.code == .invalidInput)
    }

    @Test func `a type that a volume has is not removed, and one that is gone is not given to a volume`() async throws {
        let service = try service()
        try await service.createType("ssd", VolumeTypeChange())
        _ = try await service.create(request("a", type: "ssd"))
        let used = await #expect(throws: VolumeError.self) { try await service.removeType("ssd") }
        #expect(used?.code == .conflict)
        try await service.delete("a")
        try await service.removeType("ssd")
        #expect(try await service.types().isEmpty)
        for error in [
            await #expect(throws: VolumeError.self) { try await service.create(request("a", type: "ssd")) },
            await #expect(throws: VolumeError.self) { try await service.removeType("ssd") },
            await #expect(throws: VolumeError.self) { try await service.type(named: "ssd") },
            await #expect(throws: VolumeError.self) { try await service.changeType("ssd", VolumeTypeChange()) },
        ] { #expect(error?.code == .notFound) }
    }

    @Test func `a type is changed by admins alone, and only to what makes sense`() async throws {
        let service = try service()
        let change = VolumeTypeChange(description: "fast", extraSpecs: ["media": "ssd", "tier": "1"])
        let type = try await service.createType("ssd", change)
        let changed = try await service.changeType(
            "ssd",
            VolumeTypeChange(extraSpecs: ["tier": "2"], removedSpecs: ["media"])
        )
        #expect(changed.extraSpecs == ["tier": "2"] && changed.description == "fast")
        #expect(try await service.types() == [changed] && changed.createdAt == type.createdAt)
        let twice = await #expect(throws: VolumeError.self) { try await service.createType("ssd", change) }
        #expect(twice?.code == .conflict)
        for (name, specs) in [("a b", [:]), ("x", ["k y": "v"]), ("x", ["provisioning:type": "fat"])] {
            let error = await #expect(throws: VolumeError.self) {
                try await service.createType(name, VolumeTypeChange(extraSpecs: specs))
            }
            #expect(error?.code == .invalidInput)
        }
        let member = service.scoped(to: Scope(roles: [.member]))
        for error in [
            await #expect(throws: VolumeError.self) { try await member.createType("x", change) },
            await #expect(throws: VolumeError.self) { try await member.changeType("ssd", change) },
            await #expect(throws: VolumeError.self) { try await member.removeType("ssd") },
        ] { #expect(error?.code == .notPermitted) }
        #expect(try await member.type(named: "ssd") == changed)
    }
}
