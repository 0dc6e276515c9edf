import Identity
import Programs
import Testing
import VolumeDriver

@testable import LVMDriver

/// The exact LVM commands for snapshots and copies of them, against a recorder.
@Suite("commands of LVM for snapshots")
struct SnapshotCommandTests {
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

    @Test func `the change store of a classic snapshot is cleared as far as it was filled`() async throws {
        let size: Int64 = 11 << 30
        let recorder = Recorder { [self] call, number in
            guard call.program == "lvs" else { return nil }
            let tagged = owned(source, "volumectl.snapshot=\(snapshot)") + (number > 0 ? ["volumectl.partial"] : [])
            let row = Reported.row(
                snapshot.logicalVolumeName,
                size,
                attributes: "swi-a-s--k",
                tags: tagged,
                origin: source.backendName,
                data: "50.00"
            )
            let isLast = number > 3
            return Reported.volumes(isLast ? [] : [row])
        }
        let devices = RecordedDevices()
        try await LVMDriver.recorded(.thick, recorder, devices)
            .deleteSnapshot(snapshot, of: source, operation: operation)
        #expect(devices.work.count == 1)
        #expect(devices.work.first?.contains("-_snapshot--") == true)
        #expect(devices.work.first?.hasSuffix("-cow 0..<\(size / 2 + (4 << 20))") == true)
    }

    @Test func `a thin snapshot has a name that LVM does not reserve, and is read-only`() async throws {
        let row = Reported.row(source.backendName, attributes: "Vwi---tz-k", tags: owned(source))
        let recorder = Recorder { call, _ in call.program == "lvs" ? Reported.volumes([row]) : nil }
        try await LVMDriver.recorded(.thin, recorder).createSnapshot(snapshot, of: source, operation: operation)
        #expect(
            recorder.changes == [
                "lvcreate --yes --name _snapshot-\(snapshot) --snapshot --setactivationskip y --permission r "
                    + "--addtag volumectl.volume=\(source) --addtag volumectl.operation=\(operation) "
                    + "--addtag volumectl.snapshot=\(snapshot) --addtag volumectl.size=1073741824 "
                    + "fake-vg/volume-\(source)"
            ]
        )
    }

    @Test func `a classic snapshot has space for a change of its whole volume`() async throws {
        let row = Reported.row(source.backendName, tags: owned(source))
        let recorder = Recorder { call, _ in call.program == "lvs" ? Reported.volumes([row]) : nil }
        try await LVMDriver.recorded(.thick, recorder).createSnapshot(snapshot, of: source, operation: operation)
        #expect(recorder.changes.first?.contains(" --permission r -l 100%ORIGIN --addtag ") == true)
    }

    @Test func `a thin clone of 2 GiB of a volume of 1 GiB is a snapshot of it, extended, and partial in between`()
        async throws
    {
        let row = Reported.row(source.backendName, attributes: "Vwi---tz-k", tags: owned(source))
        let recorder = Recorder { call, _ in call.program == "lvs" ? Reported.volumes([row]) : Self.group(call) }
        let two = try #require(ByteCount(gibibytes: 2))
        try await LVMDriver.recorded(.thin, recorder).clone(source, as: volume, size: two, operation: operation)
        #expect(
            recorder.changes == [
                "lvcreate --yes --name volume-\(volume) --snapshot --setactivationskip y --permission rw "
                    + "\(tags) --addtag volumectl.partial fake-vg/volume-\(source)",
                "lvextend -L 2147483648b fake-vg/volume-\(volume)",
                "lvchange --yes --deltag volumectl.partial fake-vg/volume-\(volume)",
            ]
        )
    }

    @Test func `a thin snapshot is merged into its volume while a snapshot of it takes its place`() async throws {
        let recorder = Recorder { [self] call, number in
            guard call.program == "lvs" else { return nil }
            let thin = "Vwi---tz-k"
            let marks = owned(source, "volumectl.snapshot=\(snapshot)", "volumectl.size=1073741824")
            let row = Reported.row(source.backendName, attributes: thin, tags: owned(source))
            let taken = Reported.row(
                snapshot.logicalVolumeName,
                attributes: thin,
                tags: marks,
                origin: source.backendName
            )
            let kept = Reported.row(snapshot.keptName, attributes: thin, tags: marks)
            return Reported.volumes(number < 3 ? [row, taken] : [row, kept])
        }
        try await LVMDriver.recorded(.thin, recorder).revert(source, to: snapshot, operation: operation)
        #expect(
            recorder.changes.map { $0.split(separator: " --addtag")[0] } == [
                "lvcreate --yes --name _kept-\(snapshot) --snapshot --setactivationskip y --permission r",
                "lvconvert --yes --merge fake-vg/_snapshot-\(snapshot)",
                "lvrename fake-vg _kept-\(snapshot) _snapshot-\(snapshot)",
            ]
        )
    }

    @Test func `a classic snapshot is merged into its volume and then created again; a tag records this in between`()
        async throws
    {
        let recorder = Recorder { [self] call, number in
            guard call.program == "lvs" else { return nil }
            let mark = ["volumectl.reverting=\(snapshot)", "volumectl.resting"]
            let isOver = number > 1
            let volume = Reported.row(
                source.backendName,
                attributes: isOver ? "-wi-a----k" : "owi---s--k",
                tags: owned(source) + (isOver ? mark : [])
            )
            let taken = Reported.row(
                snapshot.logicalVolumeName,
                attributes: "swi---s--k",
                tags: owned(source, "volumectl.snapshot=\(snapshot)", "volumectl.size=1073741824"),
                origin: source.backendName
            )
            return Reported.volumes(isOver ? [volume] : [volume, taken])
        }
        try await LVMDriver.recorded(.thick, recorder).revert(source, to: snapshot, operation: operation)
        let commands = recorder.changes.map {
            $0.replacing(source.description, with: "V").replacing(snapshot.description, with: "S")
        }
        #expect(
            commands.map { $0.split(separator: " -l 100%")[0] } == [
                "lvchange --yes --addtag volumectl.reverting=S --addtag volumectl.resting fake-vg/volume-V",
                "lvchange -a y --yes -K fake-vg/volume-V",
                "lvconvert --yes --merge fake-vg/_snapshot-S",
                "lvcreate --yes --name _snapshot-S --snapshot --setactivationskip y --permission r",
                "lvchange -a n fake-vg/volume-V",
                "lvchange --yes --deltag volumectl.reverting=S --deltag volumectl.resting fake-vg/volume-V",
            ]
        )
    }

    @Test func `a thick clone is a copy of a snapshot that is removed when the copy fails, too`() async throws {
        let recorder = Recorder { [self] call, number in
            guard call.program == "lvs" else { return Self.group(call) }
            let isMade = number > 1
            let original = Reported.row(source.backendName, attributes: "-wi-a----k", tags: owned(source))
            let leftover = Reported.row(
                volume.cloneSnapshotName,
                attributes: "swi-a-s--k",
                tags: owned(volume, "volumectl.partial"),
                origin: source.backendName,
                data: "0.00"
            )
            return Reported.volumes(isMade ? [original, leftover] : [original])
        }
        let devices = RecordedDevices(failingToCopy: true)
        let error = await #expect(throws: DriverError.self) {
            try await LVMDriver.recorded(.thick, recorder, devices)
                .clone(source, as: volume, size: gibibyte, operation: operation)
        }
        // The recorder lists the snapshot for ever, so the removal fails; the test compares the commands.
        #expect(error != nil)
        let words = recorder.changes.map { $0.replacing(volume.description, with: "NEW").split(separator: " ") }
        #expect(words.first?.contains("clone-snap-NEW") == true)
        #expect(words.contains { $0[0] == "lvremove" && $0.last == "fake-vg/clone-snap-NEW" })
        #expect(devices.work.first?.hasPrefix("copy ") == true)
    }
}
