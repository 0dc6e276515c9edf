import DriverKit
import Foundation
import LoopbackDriver
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Image files that are made of volumes and snapshots.
@Suite(.scratchDirectory)
struct SaveImageTests {
    /// The directory of the images, which has nothing else in it.
    private let folder: String

    init() throws {
        folder = ScratchDirectory.path + "/images"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    }

    private func image(_ name: String = "disk.raw", _ format: ImageFormat = .raw) -> VolumeImage {
        VolumeImage(path: "\(folder)/\(name)", format: format)
    }

    private func write(_ text: String, to volume: Volume, _ scene: Scene) throws {
        let file = try FileHandle(forWritingTo: URL(filePath: scene.backend.location(of: volume.id)))
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    private var files: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder) } }

    private func beginning(_ image: VolumeImage) throws -> Data {
        try Data(contentsOf: URL(filePath: image.path)).prefix(3)
    }

    @Test func `an image holds what its volume does, and can be made into a volume again`() async throws {
        let scene = try Scene()
        let volume = try await scene.create(mebibytes: 2)
        try write("old", to: volume, scene)
        let saved = try await scene.service.saveImage(of: "data", to: image())
        #expect(saved.isComplete && saved.size == volume.size && saved.image == image())
        #expect(try Data(contentsOf: URL(filePath: image().path)) == Data("old".utf8) + Data(count: 2 << 20 - 3))
        #expect(try files == ["disk.raw"])
        #expect(try await scene.service.find("data").status == .available)
        let copy = VolumeRequest(name: try VolumeName(validating: "copy"), source: .image(image()))
        #expect(try await scene.service.create(copy).volume.size == volume.size)
    }

    @Test func `a snapshot is saved as it was, also while its volume is in use`() async throws {
        let scene = try Scene()
        let volume = try await scene.create()
        try write("old", to: volume, scene)
        try await scene.snapshot("daily")
        try write("new", to: volume, scene)
        let saved = try await scene.service.saveImage(of: "data@daily", to: image())
        #expect(saved.snapshot != nil && saved.label == "data@daily")
        #expect(try beginning(image()) == Data("old".utf8))
        #expect(try await scene.service.snapshot(named: "data@daily").status == .available)
    }

    @Test func `a file is never replaced, whether it exists before or is made meanwhile`() async throws {
        let scene = try Scene()
        try await scene.create()
        try Data("mine".utf8).write(to: URL(filePath: image().path))
        let early = await #expect(throws: VolumeError.self) {
            try await scene.service.saveImage(of: "data", to: image())
        }
        #expect(early?.code == .conflict && early?.aftermath == "nothing was changed")
        try FileManager.default.removeItem(atPath: image().path)
        var control = RequestControl()
        control.waits = false
        let begun = try await scene.service.handingOver { _ in }.saveImage(of: "data", to: image(), control: control)
        #expect(!begun.isComplete)
        #expect(try await scene.service.find("data").status == .uploading)
        try Data("mine".utf8).write(to: URL(filePath: image().path))
        try await scene.service.resume(begun.flow)
        let late = await #expect(throws: VolumeError.self) {
            try await scene.service.wait(for: begun.flow, control: RequestControl())
        }
        #expect(late?.code == .conflict)
        #expect(try Data(contentsOf: URL(filePath: image().path)) == Data("mine".utf8))
        #expect(try files == ["disk.raw"])
        #expect(try await scene.service.find("data").status == .available)
    }

    @Test(arguments: [
        ("https://example.org/a", VolumeError.Code.invalidInput), ("disk.raw", .invalidInput), ("/", .invalidInput),
        ("", .invalidInput), ("/a\0b", .invalidInput), ("/nowhere/disk.raw", .notFound), ("/tmp/..", .invalidInput),
    ])
    func `a path that is no file's is refused before anything is begun`(path: String, code: VolumeError.Code)
        async throws
    {
        let scene = try Scene()
        try await scene.create()
        let error = await #expect(throws: VolumeError.self) {
            try await scene.service.saveImage(of: "data", to: VolumeImage(path: path, format: .raw))
        }
        #expect(error?.code == code, "\(error as Any)")
        #expect(try await scene.service.flows(limit: 9).count == 1)
    }

    @Test(arguments: [
        (HookedDriver.Call.readImage, HookedDriver.Moment.before), (.readImage, .after), (.compare, .after),
    ])
    func `if the volume can't be saved, no file is left and the volume is as it was`(
        call: HookedDriver.Call,
        moment: HookedDriver.Moment
    ) async throws {
        let scene = try Scene()
        let volume = try await scene.create()
        scene.fail(call, moment, with: .broken)
        let error = await #expect(throws: VolumeError.self) {
            try await scene.service.saveImage(of: "data", to: image())
        }
        #expect(error?.code == .driverFailed)
        #expect(try files.isEmpty)
        #expect(try await scene.service.find("data").status == .available)
        #expect(await scene.service.backendState(of: volume) == .found(.complete(volume.size)))
    }

    @Test func `a driver that has not saved what it says is not believed`() async throws {
        let scene = try LyingScene()
        try await scene.create()
        scene.faults.order(.doneWithoutEffect, for: .readImage)
        let error = await #expect(throws: VolumeError.self) {
            try await scene.service.saveImage(of: "data", to: image())
        }
        #expect(error?.code == .driverFailed && error?.message.contains("there is no file") == true)
        #expect(try files.isEmpty)
    }

    @Test func `a volume in use is not saved`() async throws {
        let scene = try await UseScene()
        _ = try await scene.service.attach("data")
        let error = await #expect(throws: VolumeError.self) {
            try await scene.service.saveImage(of: "data", to: image())
        }
        #expect(error?.code == .conflict && error?.remedies.first == .detachVolume("data"))
        #expect(try files.isEmpty)
    }

    @Test func `a pool whose driver saves no images says so`() async throws {
        let scene = try Scene(withholding: .image)
        try await scene.create()
        let error = await #expect(throws: VolumeError.self) {
            try await scene.service.saveImage(of: "data", to: image())
        }
        #expect(error?.code == .conflict)
    }
}
