import Identity
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Volumes and attachments that nobody writes to.
@Suite(.scratchDirectory)
struct ReadOnlyTests {
    @Test func `a read-only volume is always attached so, until it is writable again`() async throws {
        let scene = try await UseScene()
        try await scene.service.change("data", VolumeChange(isReadOnly: true))
        let attachment = try await scene.service.attach("data")
        #expect(attachment.access?.isReadOnly == true && attachment.description.contains("read-only"))
        #expect(try await scene.device?.isReadOnly == true)
        let change = await #expect(throws: VolumeError.self) {
            try await scene.service.change("data", VolumeChange(isReadOnly: false))
        }
        #expect(change?.code == .conflict)
        try await scene.service.detach("data")
        try await scene.service.change("data", VolumeChange(isReadOnly: false))
        #expect(try await scene.service.attach("data").access?.isReadOnly == false)
    }

    @Test func `an attachment can be read-only by itself, and keeps its mode when its device is made anew`()
        async throws
    {
        let scene = try await UseScene()
        let attachment = try await scene.service.attach("data", readOnly: true)
        #expect(attachment.access?.isReadOnly == true)
        #expect(try await scene.service.attach("data") == attachment)
        scene.devices.removeAll()
        #expect(try await scene.service.attach("data").access?.isReadOnly == true)
        #expect(try await scene.device?.isReadOnly == true)
        try await scene.service.detach("data")
        try await scene.expectFree()
    }

    @Test func `a volume that is attached for writing is not attached read-only as well`() async throws {
        let scene = try await UseScene()
        let attachment = try await scene.service.attach("data")
        let error = await #expect(throws: VolumeError.self) { try await scene.service.attach("data", readOnly: true) }
        #expect(error?.code == .conflict && error?.remedies.contains(.detachVolume("data")) == true)
        #expect(try await scene.service.attach("data") == attachment)
    }

    @Test func `a read-only volume is always exported so, and its server keeps the mode when it is started anew`()
        async throws
    {
        let scene = try await UseScene()
        try await scene.service.change("data", VolumeChange(isReadOnly: true))
        let export = try await scene.service.export("data")
        #expect(export.access?.isReadOnly == true && export.description.contains("read-only"))
        #expect(try await scene.service.attachment(of: scene.volume) == export)
        scene.servers.removeAll()
        #expect(try await scene.service.export("data").access?.isReadOnly == true)
        try await scene.service.unexport("data")
        try await scene.service.change("data", VolumeChange(isReadOnly: false))
        #expect(try await scene.service.export("data").access?.isReadOnly == false)
        let error = await #expect(throws: VolumeError.self) { try await scene.service.export("data", readOnly: true) }
        #expect(error?.code == .conflict && error?.remedies.contains(.unexportVolume("data")) == true)
        try await scene.service.unexport("data")
        #expect(try await scene.service.export("data", readOnly: true).access?.isReadOnly == true)
        try await scene.service.unexport("data")
        try await scene.expectFree()
    }
}
