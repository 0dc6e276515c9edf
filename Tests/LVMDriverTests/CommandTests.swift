import Identity
import Programs
import Testing
import VolumeDriver

@testable import LVMDriver

/// The exact LVM commands that the driver executes, against a recorder.
@Suite("commands of LVM")
struct CommandTests {
    let volume = VolumeID.random()
    let source = VolumeID.random()
    let snapshot = SnapshotID.random()
    let operation = OperationID.random()
    let gibibyte = ByteCount(bytes: 1 << 30) ?? .zero

    private var tags: String {
        "--addtag volumectl.volume=\(volume) --addtag volumectl.operation=\(operation)"
    }
    private func owned(_ id: VolumeID, _ more: String...) -> [String] { ["volumectl.volume=\(id)"] + more }
    private static func group(_ call: ProgramCall) -> ProgramResult? { call.program == "vgs" ? Reported.group() : nil }

    @Test func `a thin volume is created completely by one command`() async throws {
        let recorder = Recorder { call, _ in Self.group(call) }
        try await LVMDriver.recorded(.thin, recorder).create(volume, size: gibibyte, operation: operation)
        #expect(
            recorder.commands == [
                "vgs --reportformat json --units b --nosuffix -o "
                    + "vg_name,vg_attr,vg_size,vg_free,vg_extent_size,lv_count,vg_missing_pv_count,vg_uuid,vg_seqno,vg_tags fake-vg",
                "lvcreate --yes -T -V 1073741824b -n volume-\(volume) --setactivationskip y \(tags) fake-vg/fake-vg-pool",
            ]
        )
        #expect(recorder.calls.allSatisfy { $0.environment == ["LVM_SUPPRESS_FD_WARNINGS": "1"] && $0.input == nil })
    }

    @Test func `a thick volume is partial until all of it has been cleared and its device is gone`() async throws {
        let partial = Reported.row(
            volume.backendName,
            attributes: "-wi-a----k",
            tags: owned(volume, "volumectl.partial")
        )
        let recorder = Recorder { call, _ in call.program == "lvs" ? Reported.volumes([partial]) : Self.group(call) }
        let devices = RecordedDevices()
        try await LVMDriver.recorded(.thick, recorder, devices).create(volume, size: gibibyte, operation: operation)
        #expect(
            recorder.changes == [
                "lvcreate --yes --wipesignatures y -n volume-\(volume) -L 1073741824b --setactivationskip y -K "
                    + "\(tags) --addtag volumectl.partial fake-vg",
                "lvchange -a n fake-vg/volume-\(volume)",
                "lvchange --yes --deltag volumectl.partial fake-vg/volume-\(volume)",
            ]
        )
        let device = "/dev/mapper/fake--vg-volume--\(volume.description.replacing("-", with: "--"))"
        #expect(devices.work == ["zero \(device) 0..<1073741824"])
    }

    @Test func `mirrors are created with their options, and with larger regions from 1.5 TiB on`() async throws {
        let recorder = Recorder { call, _ in call.program == "lvs" ? Reported.volumes() : Self.group(call) }
        let driver = LVMDriver.recorded(.thick, recorder) { $0.mirrors = 1 }
        try await driver.create(volume, size: gibibyte, operation: operation)
        let large = try #require(ByteCount(gibibytes: 3 * 1024))
        try await driver.create(volume, size: large, operation: operation)
        let made = recorder.changes.filter { $0.hasPrefix("lvcreate") }
        #expect(made.first?.contains("--type=mirror -m 1 --nosync --mirrorlog mirrored --setactivationskip") == true)
        #expect(made.last?.contains("--mirrorlog mirrored -R 4 --setactivationskip") == true)
    }

    @Test func `a command that crashes with status 139 is repeated, and its second answer is used`() async throws {
        let row = Reported.row(volume.backendName, tags: owned(volume))
        for crash: ProgramResult.Status in [.exited(139), .signalled(11)] {
            let recorder = Recorder { _, number in
                number == 0 ? ProgramResult(status: crash) : Reported.volumes([row])
            }
            let presence = try await LVMDriver.recorded(.thin, recorder).inspect(volume)
            #expect(presence == .complete(gibibyte))
            let looking =
                "lvs --reportformat json --units b --nosuffix -o lv_name,lv_size,lv_attr,lv_tags,pool_lv,origin,"
                + "data_percent,metadata_percent,lv_metadata_size --select "
                + "'lv_tags=\"volumectl.volume=\(volume)\" || origin=\"volume-\(volume)\"' fake-vg"
            #expect(recorder.commands == [looking, looking])
        }
    }

    @Test func `a command that keeps crashing is an error with its output`() async throws {
        let recorder = Recorder { _, _ in ProgramResult(status: .signalled(11), messages: "no luck") }
        let error = await #expect(throws: DriverError.self) {
            try await LVMDriver.recorded(.thin, recorder).inspect(volume)
        }
        #expect(error?.cause?.contains("signal 11: no luck") == true)
        #expect(recorder.calls.count == 4)
    }

    @Test func `an empty selection of LVM means absent, without parsing messages`() async throws {
        let recorder = Recorder { _, _ in Reported.volumes() }
        let driver = LVMDriver.recorded(.thin, recorder)
        #expect(try await driver.inspect(volume) == .absent)
        try await driver.delete(volume, operation: operation)
        #expect(recorder.changes.isEmpty)
    }

    @Test func `a thin volume is removed without clearing, and only if this service owns it and nothing depends on it`()
        async throws
    {
        let row = Reported.row(volume.backendName, attributes: "Vwi---tz-k", tags: owned(volume))
        let recorder = Recorder { call, number in
            call.program == "lvs" ? Reported.volumes(number == 0 ? [row] : []) : nil
        }
        let devices = RecordedDevices()
        try await LVMDriver.recorded(.thin, recorder, devices).delete(volume, operation: operation)
        #expect(
            recorder.changes == [
                "lvremove --config 'activation { retry_deactivation = 1} ' -f --select "
                    + "'lv_tags=\"volumectl.volume=\(volume)\" && lv_attr!~\"^[oO]\"' fake-vg/volume-\(volume)"
            ]
        )
        #expect(devices.work.isEmpty)
    }

    @Test func `a removal that fails is repeated after udev has settled, ignoring suspended devices`() async throws {
        let row = Reported.row(volume.backendName, attributes: "Vwi---tz-k", tags: owned(volume))
        let recorder = Recorder { call, number in
            switch call.program {
            case "lvs": Reported.volumes([row])
            case "lvremove": Reported.failure("device or resource busy")
            default: nil
            }
        }
        let error = await #expect(throws: DriverError.self) {
            try await LVMDriver.recorded(.thin, recorder).delete(volume, operation: operation)
        }
        #expect(error?.code == .broken)
        #expect(error?.cause?.contains("device or resource busy") == true)
        let words = recorder.changes.map { $0.split(separator: " ")[0] }
        #expect(words == ["lvremove", "udevadm", "lvremove"])
        #expect(
            recorder.changes.last?
                .contains(
                    "--config 'activation { retry_deactivation = 1} devices { ignore_suspended_devices = 1}'"
                ) == true
        )
    }

    @Test func `a thick volume is cleared at the configured pace before its space returns to the group`() async throws {
        let tagged = owned(volume, "volumectl.partial")
        let recorder = Recorder { [self] call, number in
            guard call.program == "lvs" else { return nil }
            let row = Reported.row(volume.backendName, tags: number == 0 ? owned(volume) : tagged)
            return Reported.volumes(number < 2 ? [row] : [])
        }
        let devices = RecordedDevices()
        let driver = LVMDriver.recorded(.thick, recorder, devices) {
            $0.clearingBytesPerSecond = ByteCount(bytes: 1 << 20)
        }
        try await driver.delete(volume, operation: operation)
        #expect(
            recorder.changes.map { $0.replacing(volume.description, with: "ID") }.prefix(2) == [
                "lvchange --yes --addtag volumectl.partial fake-vg/volume-ID",
                "lvchange -a y --yes -K fake-vg/volume-ID",
            ]
        )
        #expect(devices.work.count == 1)
        #expect(devices.work.first?.hasPrefix("zero /dev/mapper/fake--vg-volume--") == true)
        #expect(devices.work.first?.hasSuffix(" 0..<1073741824 at 1048576 a second") == true)
    }

    @Test func `a thin volume is extended by one command`() async throws {
        let row = Reported.row(volume.backendName, attributes: "Vwi-aotz-k", tags: owned(volume))
        let recorder = Recorder { call, _ in call.program == "lvs" ? Reported.volumes([row]) : Self.group(call) }
        let two = try #require(ByteCount(gibibytes: 2))
        try await LVMDriver.recorded(.thin, recorder).extend(volume, to: two, operation: operation)
        #expect(recorder.changes == ["lvextend -L 2147483648b fake-vg/volume-\(volume)"])
    }

    @Test func `a volume with classic snapshots is inactive while it is extended, and the new space is cleared`()
        async throws
    {
        let recorder = Recorder { [self] call, number in
            guard call.program == "lvs" else { return Self.group(call) }
            let more = number == 0 ? [] : ["volumectl.extending=1073741824"]
            let tagged = owned(volume) + more
            return Reported.volumes([Reported.row(volume.backendName, attributes: "owi-a-s--k", tags: tagged)])
        }
        let devices = RecordedDevices()
        let two = try #require(ByteCount(gibibytes: 2))
        try await LVMDriver.recorded(.thick, recorder, devices).extend(volume, to: two, operation: operation)
        #expect(
            recorder.changes.map { $0.replacing(volume.description, with: "ID") } == [
                "lvchange --yes --addtag volumectl.extending=1073741824 fake-vg/volume-ID",
                "lvchange -a n fake-vg/volume-ID",
                "lvextend -L 2147483648b fake-vg/volume-ID",
                "lvchange -a y --yes -K fake-vg/volume-ID",
                "lvchange --yes --deltag volumectl.extending=1073741824 fake-vg/volume-ID",
            ]
        )
        #expect(devices.work.first?.hasSuffix("-real 1073741824..<2147483648") == true)
    }

    @Test func `a volume that stays active though it was deactivated is busy, and is not extended`() async throws {
        let row = Reported.row(volume.backendName, attributes: "owi-aos--k", tags: owned(volume))
        let recorder = Recorder { call, _ in
            switch call.program {
            case "lvs": Reported.volumes([row])
            case "lvchange" where call.arguments.contains("n"):
                Reported.failure("Logical volume is used by another device.")
            default: Self.group(call)
            }
        }
        let two = try #require(ByteCount(gibibytes: 2))
        let error = await #expect(throws: DriverError.self) {
            try await LVMDriver.recorded(.thick, recorder).extend(volume, to: two, operation: operation)
        }
        #expect(error?.code == .busy)
        #expect(recorder.changes.count { $0.hasPrefix("lvchange -a n") } == 6)
        #expect(!recorder.changes.contains { $0.hasPrefix("lvextend") })
    }

    @Test func `taking over a logical volume tags and renames it`() async throws {
        let row = Reported.row("old", 7 << 28)
        let recorder = Recorder { call, number in
            switch call.program {
            case "lvs": Reported.volumes(number == 1 ? [row] : [])
            default: Self.group(call)
            }
        }
        let size = try await LVMDriver.recorded(.thick, recorder).manage("old", as: volume, operation: operation)
        #expect(size.bytes == 7 << 28)
        #expect(
            recorder.changes == [
                "lvchange --yes \(tags) fake-vg/old",
                "lvchange -a n fake-vg/old",
                "lvchange --yes --setactivationskip y fake-vg/old",
                "lvrename fake-vg old volume-\(volume)",
            ]
        )
    }

    @Test(
        arguments: [
            "-f", "--help", "a b", "a/b", "..", "", "a\0b", "ä", #"x" || lv_name=~"."#, "snapshot1", "volume-x",
        ]
    )
    func `a name that LVM would misinterpret is refused before LVM is executed`(name: String) async throws {
        let recorder = Recorder()
        let error = await #expect(throws: DriverError.self) {
            _ = try await LVMDriver.recorded(.thick, recorder).manage(name, as: volume, operation: operation)
        }
        #expect(error?.code == .refused)
        #expect(recorder.calls.isEmpty)
    }
}
