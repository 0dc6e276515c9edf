import Foundation
import Identity
import Programs
import TestKit
import Testing
import VolumeDriver

@testable import LVMDriver

/// Images of logical volumes and of their snapshots, against a recorder.
@Suite("images of logical volumes", .scratchDirectory)
struct ImageCommandTests {
    let volume = VolumeID.random()
    let snapshot = SnapshotID.random()
    private var device: String { "/dev/mapper/fake--vg-volume--\(dashed(volume))" }

    private func dashed(_ id: some CustomStringConvertible) -> String { id.description.replacing("-", with: "--") }

    private func image(_ format: ImageFormat, _ size: Int = 512) throws -> VolumeImage {
        let path = ScratchDirectory.path + "/image.\(format.rawValue)"
        try Data(count: size).write(to: URL(filePath: path))
        return VolumeImage(path: path, format: format)
    }

    /// Answers `lvs` with the rows, and `qemu-img` with an image of this size.
    private func recorder(_ rows: String..., imageSize: Int64 = 1 << 20) -> Recorder {
        Recorder { call, _ in
            switch (call.program, call.arguments.first) {
            case ("lvs", _): Reported.volumes(rows)
            case ("qemu-img", "info"): ProgramResult(status: .exited(0), output: #"{"virtual-size": \#(imageSize)}"#)
            default: nil
            }
        }
    }

    private func row(_ attributes: String) -> String {
        Reported.row(volume.backendName, attributes: attributes, tags: ["volumectl.volume=\(volume)"])
    }

    private func snapshotRow(_ attributes: String) -> String {
        Reported.row(
            snapshot.logicalVolumeName,
            attributes: attributes,
            tags: ["volumectl.volume=\(volume)", "volumectl.size=\(1 << 30)"],
            origin: volume.backendName
        )
    }

    private func words(_ recorder: Recorder) -> [String] {
        recorder.changes.map {
            $0.replacing(volume.description, with: "ID").replacing(snapshot.description, with: "SNAPSHOT")
        }
    }

    private let waking = ["lvchange --yes --addtag volumectl.resting fake-vg/", "lvchange -a y --yes -K fake-vg/"]
    private let resting = ["lvchange -a n fake-vg/", "lvchange --yes --deltag volumectl.resting fake-vg/"]

    @Test func `a volume is active only while it is compared with an image`() async throws {
        let (recorder, devices) = (recorder(row("Vwi---tz-k")), RecordedDevices())
        let image = try image(.raw)
        #expect(try await LVMDriver.recorded(.thin, recorder, devices).compare(volume, with: image) == true)
        #expect(devices.work == ["compare \(device) \(image.path)"])
        #expect(words(recorder) == (waking + resting).map { $0 + "volume-ID" })
    }

    @Test func `an image larger than the volume is not equal to it`() async throws {
        let (recorder, devices) = (recorder(row("Vwi---tz-k")), RecordedDevices())
        let image = try image(.raw)
        try #require(FileHandle(forWritingAtPath: image.path)).truncate(atOffset: 1 << 31)
        #expect(try await LVMDriver.recorded(.thin, recorder, devices).compare(volume, with: image) == false)
        #expect(devices.work.isEmpty && recorder.changes.isEmpty)
    }

    @Test func `a volume whose extension was cut short can't be compared`() async throws {
        let row = Reported.row(
            volume.backendName,
            tags: ["volumectl.volume=\(volume)", "volumectl.extending=4194304"]
        )
        let driver = LVMDriver.recorded(.thick, recorder(row))
        #expect(try await driver.compare(volume, with: try image(.raw)) == nil)
    }

    @Test(.enabled(if: ProgramPath.find("qemu-img") != nil, "needs qemu-utils"))
    func `a qcow2 image is converted to the device after this has been filled with zeros where it has none`()
        async throws
    {
        let (recorder, devices) = (recorder(row("Vwi---tz-k")), RecordedDevices())
        let image = try image(.qcow2)
        try await LVMDriver.recorded(.thin, recorder, devices)
            .writeImage(image, into: volume, options: TransferOptions(), operation: .random())
        #expect(devices.work == ["copy \(image.path) \(device) 0 of \(1 << 30)"])
        let calls = recorder.calls.filter { $0.program == "qemu-img" }
        #expect(calls.map(\.arguments.first) == ["info", "check", "convert"])
        let convert = try #require(calls.last).arguments
        #expect(convert.starts(with: ["convert", "-p", "-n", "--target-is-zero", "-t", "writeback", "-O", "raw"]))
        #expect(convert.last == device)
    }

    @Test func `a thin snapshot is activated by itself to be read, and a classic one with its volume`() async throws {
        for (type, attributes, name) in [
            (LVMOptions.Provisioning.thin, "Vri---tz-k", "_snapshot-SNAPSHOT"),
            (.thick, "sri---s--k", "volume-ID"),
        ] {
            let (recorder, devices) = (recorder(row("-wi------k"), snapshotRow(attributes)), RecordedDevices())
            let image = VolumeImage(path: ScratchDirectory.path + "/missing/image", format: .raw)
            _ = await #expect(throws: DriverError.self) {
                // The recorder makes no file that could get its name.
                try await LVMDriver.recorded(type, recorder, devices)
                    .readImage(of: snapshot, of: volume, to: image, options: TransferOptions(), operation: .random())
            }
            #expect(devices.work.count == 1)
            #expect(devices.work.first?.contains("fake--vg-_snapshot--\(dashed(snapshot))") == true)
            #expect(words(recorder) == (waking + resting).map { $0 + name })
        }
    }

    @Test func `the image of a snapshot that does not exist is refused before a file is made`() async throws {
        let image = VolumeImage(path: ScratchDirectory.path + "/image", format: .raw)
        let error = await #expect(throws: DriverError.self) {
            try await LVMDriver.recorded(.thin, recorder(row("Vwi---tz-k")))
                .readImage(of: snapshot, of: volume, to: image, options: TransferOptions(), operation: .random())
        }
        #expect(error?.code == .notFound)
        #expect(try FileManager.default.contentsOfDirectory(atPath: ScratchDirectory.path).isEmpty)
    }
}
