import DriverKit
import Identity
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Volumes that a host uses as devices.
@Suite(.scratchDirectory)
struct AttachmentTests {
    @Test func `an attached volume is in use at its device until it is detached`() async throws {
        let scene = try await UseScene()
        let attachment = try await scene.service.attach("data")
        #expect(attachment.access == (try await scene.device).map(VolumeAccess.local))
        #expect(attachment.access != nil && attachment.kind == .attached)
        #expect(try await scene.status == .inUse)
        #expect(try await scene.service.attachment(of: scene.volume) == attachment)
        #expect(await scene.service.state(of: attachment) == .found(attachment.access))
        #expect(try await scene.service.detach("data") != nil)
        try await scene.expectFree()
    }

    @Test func `each use of a volume and its end are told`() async throws {
        let scene = try await UseScene()
        let before = try await scene.service.newestEvent()
        _ = try await scene.service.attach("data")
        try await scene.service.detach("data")
        _ = try await scene.service.export("data")
        try await scene.service.unexport("data")
        let events = try await scene.service.eventPages(EventSelection(after: before)).joined().readable
        let verbs = ["attach", "detach", "export", "unexport"]
        #expect(events.map(\.name) == verbs.flatMap { ["volume.\($0).start", "volume.\($0).end"] })
    }

    @Test func `what is done already is not done again`() async throws {
        let scene = try await UseScene()
        let attachment = try await scene.service.attach("data")
        let count = try await scene.flowCount
        #expect(try await scene.service.attach("data") == attachment)
        #expect(try await scene.flowCount == count)
        try await scene.service.detach("data")
        #expect(try await scene.service.detach("data") == nil)
        #expect(try await scene.flowCount == count + 1)
        try await scene.expectFree()
    }

    @Test func `a device that has disappeared is seen to be gone and made anew by an attach`() async throws {
        let scene = try await UseScene()
        let attachment = try await scene.service.attach("data")
        scene.devices.removeAll()
        #expect(await scene.service.state(of: attachment) == .found(nil))
        let anew = try await scene.service.attach("data")
        #expect(anew.access == attachment.access && anew.flow != attachment.flow)
        #expect(try await scene.device != nil)
        #expect(try await scene.status == .inUse)
    }

    @Test func `a volume whose device has disappeared can be detached`() async throws {
        let scene = try await UseScene()
        _ = try await scene.service.attach("data")
        scene.devices.removeAll()
        try await scene.service.detach("data")
        try await scene.expectFree()
    }

    @Test func `a device that nobody has recorded is taken away by a detach`() async throws {
        let scene = try await UseScene()
        _ = try scene.devices.make(for: try await scene.volume.id)
        #expect(try await scene.service.detach("data") != nil)
        try await scene.expectFree()
    }

    @Test func `a volume in use is not removed, and the error says who uses it and what ends that`() async throws {
        let scene = try await UseScene()
        let attachment = try await scene.service.attach("data")
        let error = await #expect(throws: VolumeError.self) { try await scene.service.delete("data") }
        #expect(error?.code == .conflict)
        #expect(error?.cause?.contains(attachment.access?.address ?? "no device") == true)
        #expect(error?.cause?.contains("host \(attachment.host)") == true)
        #expect(error?.remedies.first == .detachVolume("data"))
        #expect(try await scene.status == .inUse)
        #expect(try await scene.device != nil)
    }

    @Test func `a device that is open keeps its volume in use`() async throws {
        let scene = try await UseScene()
        let attachment = try await scene.service.attach("data")
        scene.faults.order(.error(.busy), for: .detach)
        let error = await #expect(throws: VolumeError.self) { try await scene.service.detach("data") }
        #expect(error?.code == .conflict)
        #expect(try await scene.status == .inUse)
        #expect(try await scene.service.attachment(of: scene.volume) == attachment)
        #expect(try await scene.device != nil)
    }

    @Test func `a driver that can't attach is not asked to, and a detach has nothing to do`() async throws {
        let scene = try await UseScene(offersDevices: false)
        let error = await #expect(throws: VolumeError.self) { try await scene.service.attach("data") }
        #expect(error?.code == .conflict && error?.remedies.contains(.showPool("default")) == true)
        #expect(try await scene.service.detach("data") == nil)
        #expect(try await scene.flowCount == 1)
        try await scene.expectFree()
    }

    @Test func `a create of a volume that is in use is answered with it`() async throws {
        let scene = try await UseScene()
        _ = try await scene.service.attach("data")
        let volume = try await scene.volume
        let request = VolumeRequest(name: volume.name, size: .exactly(volume.size))
        let created = try await scene.service.create(request)
        #expect(created.volume == volume && !created.isNew)
    }

    @Test func `of several who attach and detach at once nobody fails`() async throws {
        let scene = try await UseScene()
        try await withThrowingTaskGroup { group in
            for number in 0..<8 {
                group.addTask {
                    if number.isMultiple(of: 2) {
                        _ = try await scene.service.attach("data")
                    } else {
                        try await scene.service.detach("data")
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await [.available, .inUse].contains(scene.status))
        try await scene.service.detach("data")
        try await scene.expectFree()
    }

    @Test(arguments: [false, true])
    func `a flow that nobody can undo can be given up`(isForgetting: Bool) async throws {
        let scene = try await UseScene()
        scene.faults.order(.errorAfterEffect(.broken), for: .attach)
        scene.faults.order(.error(.broken), for: .detach)
        let error = await #expect(throws: VolumeError.self) { try await scene.service.attach("data") }
        try await scene.service.abandon(try #require(error?.flow), forgettingBackend: isForgetting)
        #expect(try await scene.status == (isForgetting ? .available : .inUse))
        try await scene.service.detach("data")
        #expect(try await scene.status == .available)
        #expect(try await scene.device == nil)
    }
}
