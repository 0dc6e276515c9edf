import Foundation
import Identity
import Programs
import Testing
import VolumeDriver

@testable import LVMDriver

/// How the driver has a volume active for its server, against a recorder.
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

    @Test("a volume is active and resting before its server starts")
    func export() async throws {
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

    @Test("a volume that another process has attached before the server had it open is busy, and stays attached")
    func attachedMeanwhile() async throws {
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

    @Test("a volume that is attached, or open, is not exported", arguments: ["Vwi-a-tz-k", "Vwi-aotz-k"])
    func attached(attributes: String) async throws {
        let tags = attributes.contains("o") ? ["volumectl.resting"] : []
        let row = Reported.row(volume.backendName, attributes: attributes, tags: ["volumectl.volume=\(volume)"] + tags)
        let recorder = Recorder { call, _ in call.program == "lvs" ? Reported.volumes([row]) : nil }
        let error = await #expect(throws: DriverError.self) {
            try await driver(recorder).export(volume, as: .nbd, operation: .random())
        }
        #expect(error?.code == .busy)
        #expect(recorder.changes.isEmpty)
    }

    @Test("a server that does not start leaves the volume as it was")
    func failure() async throws {
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
        "the end of an export deactivates what a server that died has left, and nothing that is somebody else's",
        arguments: [
            ("Vwi-a-tz-k", "volumectl.resting", 2), ("Vwi-aotz-k", "volumectl.resting", 0), ("Vwi-a-tz-k", "mine", 0),
            ("Vwi---tz-k", "volumectl.resting", 2),
        ]
    )
    func unexport(attributes: String, tag: String, changes: Int) async throws {
        let row = row(attributes, tag)
        let recorder = Recorder { call, _ in call.program == "lvs" ? Reported.volumes([row]) : nil }
        try await driver(recorder).unexport(volume, operation: .random())
        let end = ["lvchange -a n fake-vg/volume-ID", "lvchange --yes --deltag volumectl.resting fake-vg/volume-ID"]
        #expect(words(recorder) == Array(end.prefix(changes)))
    }

    @Test("what a revert has active its server's end leaves alone")
    func unexportWhileReverting() async throws {
        let row = row("Owi-a-s--k", "volumectl.resting", "volumectl.reverting=\(SnapshotID.random())")
        let recorder = Recorder { call, _ in call.program == "lvs" ? Reported.volumes([row]) : nil }
        try await driver(recorder).unexport(volume, operation: .random())
        #expect(recorder.changes.isEmpty)
    }

    @Test("without a directory for them there are no exports")
    func withheld() async throws {
        let recorder = Recorder()
        let driver = LVMDriver.recorded(.thin, recorder)
        #expect(driver.withheldFeatures == .export)
        try await driver.unexport(volume, operation: .random())
        #expect(try await driver.export(of: volume) == nil)
        #expect(recorder.calls.isEmpty)
    }
}
