import Identity
import Programs
import Testing
import VolumeDriver

@testable import LVMDriver

@Suite("what a group is, and has")
struct PoolTests {
    private static let gibibyte = Double(1 << 30)

    @Test(arguments: [(15.84, "50.00", 7.92), (9, "12.00", 7.92)])
    func `the free space of a thin pool follows from its percentage`(size: Double, percent: String, free: Double)
        async throws
    {
        let recorder = Recorder { call, _ in
            call.program == "vgs"
                ? Reported.group() : Reported.volumes([Reported.pool(Int64(size * Self.gibibyte), data: percent)])
        }
        let capacity = try await LVMDriver.recorded(.thin, recorder).capacity()
        #expect(abs(Double(capacity.free.bytes) / Self.gibibyte - free) < 0.005)
        #expect(capacity.metadata?.percent.rounded() == 10)
    }

    @Test func `a pool of 9.5 GiB that is 20 % full has 7.6 GiB free, and provisions the sizes of its volumes`()
        async throws
    {
        let recorder = Recorder { call, _ in
            guard call.program == "lvs" else { return Reported.group() }
            let volumes = [1, 2]
                .map { size -> String in
                    let id = VolumeID.random()
                    return Reported.row(
                        id.backendName,
                        Int64(size) << 30,
                        attributes: "Vwi---tz-k",
                        tags: ["volumectl.volume=\(id)"]
                    )
                }
            return Reported.volumes(volumes + [Reported.pool(Int64(9.5 * Self.gibibyte), data: "20.00")])
        }
        let capacity = try await LVMDriver.recorded(.thin, recorder).capacity()
        #expect(capacity.total.bytes == Int64(9.5 * Self.gibibyte))
        #expect(abs(Double(capacity.free.bytes) / Self.gibibyte - 7.6) < 0.005)
        #expect(capacity.logical?.bytes == 3 << 30)
    }

    @Test func `a thick pool has the capacity of its group`() async throws {
        let (size, free) = (Int64(5.52 * Self.gibibyte), Int64(0.52 * Self.gibibyte))
        let recorder = Recorder { call, _ in
            call.program == "vgs" ? Reported.group(size: size, free: free) : Reported.volumes()
        }
        let capacity = try await LVMDriver.recorded(.thick, recorder).capacity()
        #expect(capacity.total.bytes == size)
        #expect(capacity.free.bytes == free)
        #expect(capacity.allocated?.bytes == size - free)
    }

    @Test func `copies need room on different disks: 1, 1 and 8.99 GiB have room for 2 GiB with one mirror`() {
        func free(_ sizes: [Double], mirrors: Int) -> Double {
            let spaces = sizes.compactMap { ByteCount(bytes: Int64($0 * Self.gibibyte)) }
            return Double(LVMDriver.mirroredFree(spaces, mirrors: mirrors)) / Self.gibibyte
        }
        #expect(free([1, 1, 8.99], mirrors: 1) == 2)
        #expect(free([4, 4], mirrors: 1) == 4)
        #expect(free([4], mirrors: 1) == 0)
        #expect(free([1, 2, 3], mirrors: 0) == 6)
        #expect(free([2, 2, 2], mirrors: 2) == 2)
    }

    @Test(
        arguments: [
            ("2.03.16", 0, false, true), ("2.03.16", 3, true, true), ("2.03.16", 3, false, false),
            ("2.02.65", 0, false, false), ("2.02.100", 0, false, true),
        ]
    )
    func `auto is thin if LVM has thin volumes and the group is empty or has the pool, else thick`(
        version: String,
        volumes: Int,
        hasPool: Bool,
        isThin: Bool
    ) async throws {
        let recorder = Recorder { call, _ in
            switch call.program {
            case "lvm": ProgramResult(status: .exited(0), output: "  LVM version:     \(version)(2) (2020-01-01)\n")
            case "vgs": Reported.group(volumes: volumes)
            default: Reported.volumes(hasPool ? [Reported.pool(1 << 30, data: "1.00")] : [])
            }
        }
        let driver = LVMDriver.recorded(.auto, recorder)
        _ = try await driver.capacity()
        #expect(driver.capabilities.isThin == isThin)
        #expect(driver.capabilities.granule.bytes == 4 << 20)
    }

    @Test func `the thin pool gets 95 % of the free space, in whole extents`() async throws {
        let recorder = Recorder { call, number in
            switch call.program {
            case "vgs": Reported.group(size: 10 << 30, free: 10 << 30, volumes: 0)
            case "lvs": Reported.volumes(number == 0 ? [] : [Reported.pool(9 << 30, data: "0.00")])
            default: nil
            }
        }
        try await LVMDriver.recorded(.thin, recorder).setUp()
        #expect(recorder.changes == ["lvcreate --yes --zero y -T -L 10200547328b fake-vg/fake-vg-pool"])
        #expect((10_200_547_328 as Int64).isMultiple(of: 4 << 20))
    }

    @Test(
        arguments: [
            ("85.00", "10.00", "twi-aotz--", "thin pool data", HealthFinding.Severity.warning),
            ("96.00", "10.00", "twi-aotz--", "thin pool data", .failure),
            ("10.00", "85.00", "twi-aotz--", "thin pool metadata", .warning),
            ("10.00", "99.00", "twi-aotz--", "thin pool metadata", .failure),
            ("10.00", "10.00", "twi-aotzD-", "thin pool", .failure),
            ("10.00", "10.00", "twi-aotzM-", "thin pool", .failure),
            ("10.00", "10.00", "twi-aotzF-", "thin pool", .failure),
            ("10.00", "10.00", "twi-aot---", "thin pool", .failure),
        ]
    )
    func `full data, full metadata, a failed pool and one that does not clear are findings with remedies`(
        data: String,
        metadata: String,
        attributes: String,
        subject: String,
        severity: HealthFinding.Severity
    )
        async
    {
        let recorder = Recorder { call, _ in
            switch call.program {
            case "lvm": ProgramResult(status: .exited(0), output: "  LVM version:     2.03.16(2) (2022-05-18)\n")
            case "vgs": Reported.group()
            default:
                Reported.volumes([Reported.pool(1 << 30, data: data, metadata: metadata, attributes: attributes)])
            }
        }
        let findings = await LVMDriver.recorded(.thin, recorder).checkHealth()
        #expect(findings.contains { $0.subject == subject && $0.severity == severity && $0.remedy != nil })
    }

    @Test func `a missing group is an error, and another pool may succeed`() async throws {
        let recorder = Recorder { _, _ in Reported.failure("Volume group \"fake-vg\" not found") }
        let error = await #expect(throws: DriverError.self) {
            try await LVMDriver.recorded(.auto, recorder).capacity()
        }
        #expect(error?.code == .retryableElsewhere)
        #expect(error?.cause?.contains("not found") == true)
    }

    @Test func `a full group is distinguished from other failures by its report`() async throws {
        let recorder = Recorder { call, _ in
            switch call.program {
            case "vgs": Reported.group(free: 1 << 20)
            case "lvs": Reported.volumes()
            default: Reported.failure("whatever it says")
            }
        }
        let size = try #require(ByteCount(gibibytes: 1))
        let error = await #expect(throws: DriverError.self) {
            try await LVMDriver.recorded(.thick, recorder).create(.random(), size: size, operation: .random())
        }
        #expect(error?.code == .retryableElsewhere)
        #expect(error?.remedy == "vgextend fake-vg DEVICE")
    }

    @Test func `a logical volume with a volume's name but without its tag blocks the create, and is left alone`()
        async throws
    {
        let id = VolumeID.random()
        let recorder = Recorder { call, _ in
            switch call.program {
            case "vgs": Reported.group()
            case "lvs":
                Reported.volumes(
                    call.arguments.contains { $0.hasPrefix("lv_name=") } ? [Reported.row(id.backendName)] : []
                )
            default: Reported.failure("already exists")
            }
        }
        let driver = LVMDriver.recorded(.thick, recorder)
        let size = try #require(ByteCount(gibibytes: 1))
        let error = await #expect(throws: DriverError.self) {
            try await driver.create(id, size: size, operation: .random())
        }
        #expect(error?.code == .refused)
        #expect(try await driver.inspect(id) == .absent)
        try await driver.delete(id, operation: .random())
        #expect(recorder.changes.map { $0.split(separator: " ")[0] } == ["lvcreate"])
    }
}
