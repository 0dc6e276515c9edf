import Identity
import Programs
import Testing
import VolumeDriver

@testable import LVMDriver

@Suite("How a volume group is known as a pool")
struct MarkTests {
    private let volume = VolumeID.random()
    private let pool = PoolID.random()
    private let gibibyte = ByteCount(bytes: 1 << 30) ?? .zero

    private var mark: String { "volumectl.pool=\(pool)" }

    /// A recorder that answers for a group with these tags, with the volume or empty.
    private func recorder(_ tags: [String], hasVolume: Bool = true) -> Recorder {
        Recorder { [volume] call, _ in
            switch call.program {
            case "vgs": Reported.group(tags: tags)
            case "lvs":
                Reported.volumes(
                    hasVolume
                        ? [Reported.row(volume.backendName, tags: ["volumectl.volume=\(volume)"], groupTags: tags)] : []
                )
            default: nil
            }
        }
    }

    @Test func `a group is marked by one tag, and only if the group is unchanged since the look at it`() async throws {
        let mark = mark
        let recorder = Recorder { call, number in
            call.program == "vgs" ? Reported.group(tags: number == 0 ? ["backup"] : ["backup", mark]) : nil
        }
        let driver = LVMDriver.recorded(.thin, recorder)
        #expect(try await driver.markPool(as: pool) == pool)
        #expect(recorder.changes == ["vgchange --addtag \(mark) --select vg_seqno=7 fake-vg"])
    }

    @Test func `a marked group keeps its mark`() async throws {
        let recorder = recorder([mark])
        let driver = LVMDriver.recorded(.thin, recorder)
        #expect(try await driver.markPool(as: .random()) == pool)
        #expect(try await driver.poolID() == pool)
        #expect(recorder.changes.isEmpty)
    }

    @Test(arguments: [true, false], [true, false])
    func `nothing is changed in a group with another mark or none`(isMarked: Bool, hasVolume: Bool) async throws {
        let recorder = recorder(isMarked ? ["volumectl.pool=\(PoolID.random())"] : [], hasVolume: hasVolume)
        let driver = LVMDriver.recorded(.thin, recorder).bound(to: pool)
        let calls: [() async throws -> Void] = [
            { try await driver.create(volume, size: gibibyte, operation: .random()) },
            { try await driver.delete(volume, operation: .random()) },
            { _ = try await driver.inspect(volume) }, { _ = try await driver.list() },
            { _ = try await driver.capacity() }, { _ = try await driver.attach(volume, operation: .random()) },
            { try await driver.extend(volume, to: gibibyte, operation: .random()) }, { try await driver.setUp() },
        ]
        for call in calls {
            let error = await #expect(throws: DriverError.self) { try await call() }
            #expect(error?.code == .foreignPool)
            #expect(error?.remedy != nil)
        }
        #expect(recorder.changes.isEmpty)
    }

    @Test func `the mark is checked in the reports that a call needs anyway`() async throws {
        let recorder = recorder([mark])
        let driver = LVMDriver.recorded(.thin, recorder).bound(to: pool)
        for _ in 1...2 { try await driver.create(volume, size: gibibyte, operation: .random()) }
        #expect(recorder.calls.map(\.program) == ["vgs", "lvcreate", "vgs", "lvcreate"])
        _ = try await driver.inspect(volume)
        #expect(recorder.calls.map(\.program).suffix(1) == ["lvs"])
    }

    @Test func `pools of one group, or of one thin pool, report the same backing`() async throws {
        let recorder = recorder([])
        let thick = try await LVMDriver.recorded(.thick, recorder).capacity().backing
        let thin = try await LVMDriver.recorded(.thin, recorder).capacity().backing
        #expect(thick == "volume group fake-uuid")
        #expect(thin == "thin pool 'fake-vg-pool' of volume group fake-uuid")
    }
}
