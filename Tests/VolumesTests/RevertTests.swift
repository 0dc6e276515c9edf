import DriverKit
import Foundation
import Identity
import LoopbackDriver
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

@Suite(.scratchDirectory)
struct RevertTests {
    private func write(_ text: String, _ volume: Volume, _ scene: Scene) throws {
        let file = try FileHandle(forWritingTo: URL(filePath: scene.backend.location(of: volume.id)))
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    private func read(_ volume: Volume, _ scene: Scene) throws -> String {
        let file = try FileHandle(forReadingFrom: URL(filePath: scene.backend.location(of: volume.id)))
        defer { try? file.close() }
        return String(decoding: try file.read(upToCount: 3) ?? Data(), as: UTF8.self)
    }

    @Test func `a reverted volume holds what it held when the snapshot was made, and the snapshot stays`() async throws
    {
        let scene = try Scene()
        let volume = try await scene.create()
        try write("old", volume, scene)
        try await scene.snapshot("daily")
        for _ in 1...2 {
            try write("new", volume, scene)
            try await scene.service.revert("data", to: "daily")
            #expect(try read(volume, scene) == "old")
        }
        #expect(try await scene.service.find("data").status == .available)
        #expect(try await scene.service.findSnapshot("daily").status == .available)
    }

    @Test func `what can't be reverted is refused, and the volume is as it was`() async throws {
        let scene = try Scene()
        let volume = try await scene.create()
        try await scene.create("other")
        try await scene.snapshot("theirs", of: "other")
        let foreign = await #expect(throws: VolumeError.self) {
            try await scene.service.revert("data", to: "other@theirs")
        }
        #expect(foreign?.code == .invalidInput)
        let none = await #expect(throws: VolumeError.self) { try await scene.service.revert("data", to: "theirs") }
        #expect(none?.code == .notFound)
        #expect(try await scene.service.volume(volume.id) == volume)
    }

    @Test(arguments: [DriverError.Code.refused, .busy, .unavailable])
    func `a revert that the driver did not begin leaves the volume as it was`(code: DriverError.Code) async throws {
        let scene = try Scene()
        let volume = try await scene.create()
        try await scene.snapshot("daily")
        try write("new", volume, scene)
        scene.fail(.revert, .before, with: code)
        let error = await #expect(throws: VolumeError.self) { try await scene.service.revert("data", to: "daily") }
        #expect(error?.code == (code == .busy ? .conflict : .driverFailed))
        #expect(try await scene.service.find("data").status == .available)
        #expect(try read(volume, scene) == "new")
    }

    @Test func `a volume whose revert broke off is in error until the same revert succeeds`() async throws {
        let scene = try Scene()
        let volume = try await scene.create()
        try write("old", volume, scene)
        try await scene.snapshot("daily")
        func fail() async throws -> FlowID {
            scene.fail(.revert, .before, with: .broken)
            let error = await #expect(throws: VolumeError.self) { try await scene.service.revert("data", to: "daily") }
            #expect(error?.code == .revertIncomplete)
            let found = try await scene.service.find("data")
            #expect(found.status == .error && found.lastError?.contains("told to fail") == true)
            return try #require(error?.flow)
        }
        let first = try await fail()
        try await scene.service.retry(first)
        #expect(try await scene.service.find("data").status == .available)
        #expect(try await scene.service.flow(first).detail.resolution != nil)
        _ = try await fail()
        try await scene.service.revert("data", to: "daily")
        #expect(try await scene.service.find("data").status == .available)
        #expect(try read(volume, scene) == "old")
        let given = try await fail()
        try await scene.service.abandon(given, forgettingBackend: false)
        #expect(try await scene.service.find("data").status == .error)
        try await scene.service.deleteSnapshots(of: "data")
        try await scene.service.delete("data")
        try await scene.expectNothing()
    }

    @Test func `a volume in error after a revert is removed by rm, and not made whole by it`() async throws {
        let scene = try Scene()
        try await scene.create()
        try await scene.snapshot("daily")
        scene.fail(.revert, .after, with: .broken)
        let error = await #expect(throws: VolumeError.self) { try await scene.service.revert("data", to: "daily") }
        let refused = await #expect(throws: VolumeError.self) { try await scene.service.delete("data") }
        #expect(refused?.code == .conflict)
        try await scene.service.deleteSnapshots(of: "data")
        try await scene.service.delete("data")
        try await scene.expectNothing()
        let failed = try #require(error?.flow)
        #expect(try await scene.service.flow(failed).detail.resolution != nil)
    }
}
