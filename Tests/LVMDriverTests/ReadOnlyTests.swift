import Foundation
import Identity
import Programs
import Testing
import VolumeDriver

@testable import LVMDriver

/// Attachments of logical volumes that refuse writes, against a recorder.
@Suite("Read-only logical volumes")
struct ReadOnlyTests {
    let volume = VolumeID.random()

    private func row(_ attributes: String, _ more: String...) -> String {
        Reported.row(volume.backendName, attributes: attributes, tags: ["volumectl.volume=\(volume)"] + more)
    }

    /// Answers `lvs` with each row once, and then with the last one.
    private func recorder(_ rows: String..., kernel: String = "L--r") -> Recorder {
        Recorder { call, number in
            switch call.program {
            case "lvs": Reported.volumes([rows[min(number, rows.count - 1)]])
            case "dmsetup": ProgramResult(status: .exited(0), output: kernel + "\n")
            default: nil
            }
        }
    }

    private func words(_ recorder: Recorder) -> [String] {
        recorder.changes.map { $0.replacing(volume.description, with: "ID") }
    }

    private let forbidding = #"lvchange --yes --permission r --select 'lv_attr=~"^.w"' fake-vg/volume-ID"#
    private let permitting = #"lvchange --yes --permission rw --select 'lv_attr=~"^.r"' fake-vg/volume-ID"#
    private let restoring = #"lvchange --yes --permission rw --select 'lv_attr=~"^.r..-"' fake-vg/volume-ID"#

    @Test func `a volume loses the permission to write before it is active, and the kernel is asked whether it has`()
        async throws
    {
        let recorder = recorder(row("Vwi---tz-k"), row("Vri-a-tz-k"))
        let attachment = try await LVMDriver.recorded(.thin, recorder)
            .attach(volume, isReadOnly: true, operation: .random())
        #expect(attachment.isReadOnly && attachment.isDevice)
        let mapping = attachment.path.split(separator: "/").last.map(String.init) ?? ""
        #expect(words(recorder).prefix(2) == [forbidding, "lvchange -a y --yes -K fake-vg/volume-ID"])
        #expect(recorder.commands.last == "dmsetup info -c --noheadings -o attr \(mapping)")
    }

    @Test func `a device that the kernel lets be written to is not said to be read-only`() async throws {
        let recorder = recorder(row("Vri-a-tz-k"), kernel: "L--w")
        #expect(try await LVMDriver.recorded(.thin, recorder).attachment(of: volume)?.isReadOnly == false)
    }

    @Test func `a detach gives the permission back, also that of a detach that was killed`() async throws {
        let attached = recorder(row("Vri-a-tz-k"))
        try await LVMDriver.recorded(.thin, attached).detach(volume, operation: .random())
        #expect(words(attached) == ["lvchange -a n fake-vg/volume-ID", restoring])
        let left = recorder(row("Vri---tz-k"))
        try await LVMDriver.recorded(.thin, left).detach(volume, operation: .random())
        #expect(words(left) == [restoring])
    }

    @Test func `an attach for writing gives back a permission that a killed call took`() async throws {
        let recorder = recorder(row("Vri---tz-k"))
        let attachment = try await LVMDriver.recorded(.thin, recorder).attach(volume, operation: .random())
        #expect(!attachment.isReadOnly)
        #expect(words(recorder) == [permitting, "lvchange -a y --yes -K fake-vg/volume-ID"])
    }

    @Test func `a call that writes gives the permission back to a volume, and never to a snapshot`() async throws {
        let image = VolumeImage(path: NSTemporaryDirectory() + "volumectl-\(volume).raw", format: .raw)
        try Data(count: 512).write(to: URL(filePath: image.path))
        defer { try? FileManager.default.removeItem(atPath: image.path) }
        let recorder = recorder(row("Vri---tz-k"))
        try await LVMDriver.recorded(.thin, recorder)
            .writeImage(image, into: volume, options: TransferOptions(), operation: .random())
        #expect(words(recorder).contains(permitting))
        let name = SnapshotID.random().logicalVolumeName
        let snapshot = Reported.row(name, attributes: "Vri---tz-k", tags: ["volumectl.volume=\(volume)"])
        let other = self.recorder(snapshot)
        try await LVMDriver.recorded(.thin, other).awake(name, to: "look") { () throws(DriverError) in }
        #expect(!other.changes.contains { $0.contains("--permission") })
    }

    @Test func `an attached volume keeps its mode, and is busy for the other`() async throws {
        let (readOnly, writable) = (recorder(row("Vri-a-tz-k")), recorder(row("Vwi-a-tz-k")))
        let first = await #expect(throws: DriverError.self) {
            try await LVMDriver.recorded(.thin, readOnly).attach(volume, operation: .random())
        }
        let second = await #expect(throws: DriverError.self) {
            try await LVMDriver.recorded(.thin, writable).attach(volume, isReadOnly: true, operation: .random())
        }
        #expect(first?.code == .busy && second?.code == .busy)
        #expect(writable.changes.isEmpty && !readOnly.changes.contains { $0.hasPrefix("lvchange") })
    }

    @Test func `a volume that a call may be writing to does not lose the permission`() async throws {
        let recorder = recorder(row("Vwi-aotz-k", "volumectl.resting"))
        let error = await #expect(throws: DriverError.self) {
            try await LVMDriver.recorded(.thin, recorder).attach(volume, isReadOnly: true, operation: .random())
        }
        #expect(error?.code == .busy && recorder.changes.isEmpty)
    }

    @Test func `a thick volume that is attached read-only is not extended, because the added part can't be cleared`()
        async throws
    {
        let recorder = Recorder { [self] call, _ in
            call.program == "lvs" ? Reported.volumes([row("-ri-a----k")]) : Reported.group()
        }
        let two = try #require(ByteCount(gibibytes: 2))
        let error = await #expect(throws: DriverError.self) {
            try await LVMDriver.recorded(.thick, recorder).extend(volume, to: two, operation: .random())
        }
        #expect(error?.code == .busy && recorder.changes.isEmpty)
    }
}
