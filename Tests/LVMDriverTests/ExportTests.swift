import Foundation
import Identity
import Programs
import Testing
import VolumeDriver

@testable import LVMDriver

/// The activation of a volume for its server, against a recorder.
@Suite("Exports of logical volumes")
struct ExportTests {
    let volume = VolumeID.random()
    let exports = NSTemporaryDirectory() + "volumectl-\(UUID().uuidString.prefix(8))"

    private func driver(_ recorder: Recorder) -> LVMDriver {
        LVMDriver.recorded(.thin, recorder) { $0.exportDirectory = exports }
    }

    private func row(_ attributes: String, _ more: String...) -> String {
        Reported.row(volume.backendName, attributes: attributes, tags: ["volumectl.volume=\(volume)"] + more)
    }

    private func words(_ recorder: Recorder) -> [String] {
        recorder.changes.map { $0.replacing(volume.description, with: "ID").replacing(exports, with: "DIR") }
    }

    @Test func `a volume is active and not in use before its server starts`() async throws {
        let rows = [row("Vwi---tz-k"), row("Vwi-aotz-k", "volumectl.resting")]
        let recorder = Recorder { call, number in call.program == "lvs" ? Reported.volumes([rows[min(number, 1)]]) : nil
        }
        let export = try await driver(recorder).export(volume, as: .nbd, operation: .random())
        try FileManager.default.removeItem(atPath: exports)
        #expect(export.uri == "nbd+unix:///volume-\(volume)?socket=\(exports)/volume-\(volume)")
        #expect(
            words(recorder).prefix(2) == [
                "lvchange --yes --addtag volumectl.resting fake-vg/volume-ID",
                "lvchange -a y --yes -K fake-vg/volume-ID",
            ]
        )
        let device = "/dev/mapper/fake--vg-volume--\(volume.description.replacing("-", with: "--"))"
        let image = #"json:{"driver":"raw","file":{"driver":"host_device","filename":"\#(device)"}}"#
        let server = try #require(recorder.calls.first { $0.program == "qemu-nbd" })
        #expect(server.arguments.contains("--socket=\(exports)/volume-\(volume)"))
        #expect(server.arguments.last == image)
        #expect(recorder.changes.count == 3)
    }

    @Test func `a volume that another process has attached before the server had it open is busy, and stays attached`()
        async throws
    {
        let rows = [row("Vwi---tz-k"), row("Vwi-aotz-k")]
        let recorder = Recorder { call, number in call.program == "lvs" ? Reported.volumes([rows[min(number, 1)]]) : nil
        }
        let error = await #expect(throws: DriverError.self) {
            try await driver(recorder).export(volume, as: .nbd, operation: .random())
        }
        try FileManager.default.removeItem(atPath: exports)
        #expect(error?.code == .busy)
        #expect(!recorder.changes.contains { $0.hasPrefix("lvchange -a n") })
    }

    @Test(arguments: ["Vwi-a-tz-k", "Vwi-aotz-k"])
    func `a volume that is attached, or open, is not exported`(attributes: String) async throws {
        let tags = attributes.contains("o") ? ["volumectl.resting"] : []
        let row = Reported.row(volume.backendName, attributes: attributes, tags: ["volumectl.volume=\(volume)"] + tags)
        let recorder = Recorder { call, _ in call.program == "lvs" ? Reported.volumes([row]) : nil }
        let error = await #expect(throws: DriverError.self) {
            try await driver(recorder).export(volume, as: .nbd, operation: .random())
        }
        #expect(error?.code == .busy)
        #expect(recorder.changes.isEmpty)
    }

    @Test func `a server that does not start leaves the volume as it was`() async throws {
        let rows = [row("Vwi---tz-k"), row("Vwi-a-tz-k", "volumectl.resting")]
        let recorder = Recorder { call, number in
            switch call.program {
            case "lvs": Reported.volumes([rows[min(number, 1)]])
            case "qemu-nbd": ProgramResult(status: .exited(1), messages: "no such device")
            default: nil
            }
        }
        let error = await #expect(throws: DriverError.self) {
            try await driver(recorder).export(volume, as: .nbd, operation: .random())
        }
        try FileManager.default.removeItem(atPath: exports)
        #expect(error?.cause?.contains("no such device") == true)
        #expect(
            words(recorder).suffix(2) == [
                "lvchange -a n fake-vg/volume-ID", "lvchange --yes --deltag volumectl.resting fake-vg/volume-ID",
            ]
        )
    }

    @Test(
        arguments: [
            ("Vwi-a-tz-k", "volumectl.resting", 2), ("Vwi-aotz-k", "volumectl.resting", 0), ("Vwi-a-tz-k", "mine", 0),
            ("Vwi---tz-k", "volumectl.resting", 2),
        ]
    )
    func `the end of an export deactivates the volume of a dead server, and no other use of it`(
        attributes: String,
        tag: String,
        changes: Int
    ) async throws {
        let row = row(attributes, tag)
        let recorder = Recorder { call, _ in call.program == "lvs" ? Reported.volumes([row]) : nil }
        try await driver(recorder).unexport(volume, operation: .random())
        let end = ["lvchange -a n fake-vg/volume-ID", "lvchange --yes --deltag volumectl.resting fake-vg/volume-ID"]
        #expect(words(recorder) == Array(end.prefix(changes)))
    }

    @Test func `the end of an export does not deactivate a volume that a revert has activated`() async throws {
        let row = row("Owi-a-s--k", "volumectl.resting", "volumectl.reverting=\(SnapshotID.random())")
        let recorder = Recorder { call, _ in call.program == "lvs" ? Reported.volumes([row]) : nil }
        try await driver(recorder).unexport(volume, operation: .random())
        #expect(recorder.changes.isEmpty)
    }

    @Test func `a driver without a directory for exports offers none`() async throws {
        let recorder = Recorder()
        let driver = LVMDriver.recorded(.thin, recorder)
        #expect(driver.withheldFeatures == [.export, .readOnlyExport])
        try await driver.unexport(volume, operation: .random())
        #expect(try await driver.export(of: volume) == nil)
        #expect(recorder.calls.isEmpty)
    }
}
