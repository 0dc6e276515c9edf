import DriverKit
import Foundation
import Identity
import SQL
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Volumes that several holders use at once.
@Suite(.scratchDirectory)
struct MultiattachTests {
    private let a: VolumeName
    private let b: VolumeName

    init() throws {
        a = try VolumeName(validating: "vm-a", as: "holder")
        b = try VolumeName(validating: "vm-b", as: "holder")
    }

    private func holders(_ scene: UseScene) async throws -> [String?] {
        try await scene.service.attachments(of: scene.volume).map(\.holder?.description)
    }

    @Test func `each holder has an attachment with the same device, which goes with the last`() async throws {
        let scene = try await UseScene(isMultiattach: true)
        let first = try await scene.service.attach("data", holder: a)
        let second = try await scene.service.attach("data", holder: b)
        #expect(first.access == second.access && second.holder == b && second.flow != first.flow)
        #expect(try await scene.service.attach("data", holder: b) == second)
        #expect(try await scene.service.attachments(of: scene.volume) == [first, second])
        #expect(try await scene.service.detach("data", from: .holder(a)) != nil)
        #expect(try await scene.service.detach("data", from: .holder(a)) == nil)
        #expect(try await scene.status == .inUse)
        #expect(try await scene.device != nil)
        #expect(try await scene.service.attachments(of: scene.volume) == [second])
        try await scene.service.detach("data", from: .holder(b))
        try await scene.expectFree()
    }

    @Test func `each holder has an export from the same server, which ends with the last`() async throws {
        let scene = try await UseScene(isMultiattach: true)
        let first = try await scene.service.export("data", holder: a)
        #expect(try await scene.service.export("data", holder: b).access == first.access)
        #expect(try await scene.service.unexport("data", from: .holder(b)) != nil)
        #expect(scene.servers.count == 1)
        try await scene.service.unexport("data")
        #expect(scene.servers.count == 0)
        try await scene.expectFree()
    }

    @Test func `any other volume has one holder, and the refusal of a second says who it is and what ends that`()
        async throws
    {
        let scene = try await UseScene()
        let attachment = try await scene.service.attach("data", holder: a)
        for other in [b, nil] {
            let error = await #expect(throws: VolumeError.self) {
                try await scene.service.attach("data", holder: other)
            }
            #expect(error?.code == .conflict && error?.cause?.contains("for vm-a") == true)
            #expect(error?.cause?.contains("only a multiattach volume") == true)
            #expect(error?.remedies.first == .detachVolume("data", holder: a))
        }
        #expect(try await scene.service.attachments(of: scene.volume) == [attachment])
        #expect(try await scene.service.detach("data", from: .holder(b)) == nil)
        #expect(try await scene.service.detach("data") != nil)
        try await scene.expectFree()
    }

    @Test func `a detach that names nobody ends the use of the one without a name, or of the only one`() async throws {
        let scene = try await UseScene(isMultiattach: true)
        for holder in [a, b, nil] { _ = try await scene.service.attach("data", holder: holder) }
        #expect(try await scene.service.detach("data") != nil)
        #expect(try await holders(scene) == ["vm-a", "vm-b"])
        let count = try await scene.flowCount
        let error = await #expect(throws: VolumeError.self) { try await scene.service.detach("data") }
        #expect(error?.code == .conflict)
        #expect(error?.cause?.contains("vm-a") == true && error?.cause?.contains("vm-b") == true)
        #expect(
            error?.remedies
                == [.detachVolume("data", holder: a), .detachVolume("data", holder: b), .detachVolumeFromAll("data")]
        )
        #expect(try await scene.flowCount == count)
        try await scene.service.detach("data", from: .holder(b))
        try await scene.service.detach("data")
        try await scene.expectFree()
    }

    @Test func `a volume with several holders is not removed, and the error names them and what ends that`()
        async throws
    {
        let scene = try await UseScene(isMultiattach: true)
        for holder in [a, b] { _ = try await scene.service.attach("data", holder: holder) }
        let error = await #expect(throws: VolumeError.self) { try await scene.service.delete("data") }
        #expect(error?.code == .conflict)
        #expect(error?.cause?.contains("for vm-a") == true && error?.cause?.contains("for vm-b") == true)
        #expect(error?.remedies.first == .detachVolumeFromAll("data"))
        try await scene.service.detach("data", from: .all)
        try await scene.service.delete("data")
    }

    @Test func `all uses end together or not at all`() async throws {
        let scene = try await UseScene(isMultiattach: true)
        for holder in [a, b, nil] { _ = try await scene.service.attach("data", holder: holder) }
        let before = try await scene.service.attachments(of: scene.volume)
        scene.faults.order(.error(.busy), for: .detach)
        let error = await #expect(throws: VolumeError.self) { try await scene.service.detach("data", from: .all) }
        #expect(error?.code == .conflict)
        #expect(try await scene.service.attachments(of: scene.volume) == before)
        #expect(try await scene.status == .inUse)
        #expect(try await scene.service.detach("data", from: .all) != nil)
        try await scene.expectFree()
    }

    @Test func `a holder whose attach fails leaves the others their device`() async throws {
        let scene = try await UseScene(isMultiattach: true)
        let attachment = try await scene.service.attach("data", holder: a)
        scene.faults.order(.errorAfterEffect(.broken), for: .attach)
        await #expect(throws: VolumeError.self) { try await scene.service.attach("data", holder: b) }
        #expect(try await scene.service.attachments(of: scene.volume) == [attachment])
        #expect(try await scene.status == .inUse)
        #expect(try await scene.device != nil)
        #expect(try await scene.volume.lastError == nil)
    }

    @Test func `a device that has disappeared is made anew for all holders`() async throws {
        let scene = try await UseScene(isMultiattach: true)
        for holder in [a, b] { _ = try await scene.service.attach("data", holder: holder) }
        scene.devices.removeAll()
        _ = try await scene.service.attach("data", holder: b)
        let device = (try await scene.device).map(VolumeAccess.local)
        #expect(try await scene.service.attachments(of: scene.volume).map(\.access) == [device, device])
        #expect(device != nil)
    }

    @Test func `all holders have one mode, and one way of use`() async throws {
        let scene = try await UseScene(isMultiattach: true)
        _ = try await scene.service.attach("data", readOnly: true, holder: a)
        #expect(try await scene.service.attach("data", readOnly: true, holder: b).access?.isReadOnly == true)
        try await scene.service.detach("data", from: .holder(b))
        let writer = await #expect(throws: VolumeError.self) { try await scene.service.attach("data", holder: b) }
        #expect(writer?.code == .conflict && writer?.cause?.contains("for all or for none") == true)
        let export = await #expect(throws: VolumeError.self) { try await scene.service.export("data", holder: b) }
        #expect(export?.code == .conflict && export?.cause?.contains("in the same way") == true)
        #expect(try await holders(scene) == ["vm-a"])
    }

    @Test func `of several holders who attach and detach at once nobody fails`() async throws {
        let scene = try await UseScene(isMultiattach: true)
        try await withThrowingTaskGroup { group in
            for number in 0..<8 {
                let holder = try VolumeName(validating: "vm-\(number % 4)", as: "holder")
                group.addTask {
                    if number < 4 {
                        _ = try await scene.service.attach("data", holder: holder)
                    } else {
                        try await scene.service.detach("data", from: .holder(holder))
                    }
                }
            }
            try await group.waitForAll()
        }
        let isUsed = try await !holders(scene).isEmpty
        #expect(try await scene.status == (isUsed ? .inUse : .available))
        #expect(try await (scene.device != nil) == isUsed)
        try await scene.service.detach("data", from: .all)
        try await scene.expectFree()
    }

    @Test func `events say who uses the volume`() async throws {
        let scene = try await UseScene(isMultiattach: true)
        for holder in [a, b] { _ = try await scene.service.attach("data", holder: holder) }
        try await scene.service.detach("data", from: .holder(a))
        let ends = try await scene.service.eventPages().joined().filter { $0.name.hasSuffix(".end") }
        #expect(ends.map(\.name) == ["create", "attach", "attach", "detach"].map { "volume.\($0).end" })
        let uses = ends.map { $0.payload.attachments ?? [] }
        #expect(uses.map { $0.map(\.holder) } == [[], ["vm-a"], ["vm-a", "vm-b"], ["vm-b"]])
        #expect(try await uses[3].map(\.place) == [scene.device?.path] && uses[3].map(\.mode) == ["rw"])
    }

    @Test func `an attach that is given up ends no use of others`() async throws {
        let scene = try await UseScene(isMultiattach: true)
        let attachment = try await scene.service.attach("data", holder: a)
        let flow = try await scene.service.attach("data", holder: b).flow
        let database = try TestDatabase.open()
        _ = try await database.write(until: nil) { connection in
            try connection.execute("UPDATE flow SET state = 'SUSPENDED', owner_lock = 0 WHERE id = '\(flow)'")
            try connection.execute("UPDATE volume SET status = 'attaching'")
        }
        await database.close()
        try await scene.service.abandon(flow, forgettingBackend: true)
        #expect(try await scene.service.attachments(of: scene.volume) == [attachment])
        #expect(try await scene.status == .inUse)
        try await scene.service.detach("data")
        #expect(try await scene.device == nil)
    }

    /// The output of the step as earlier versions stored it, with one attachment.
    private func withOneAttachment(_ output: String) throws -> String {
        var values = try #require(
            try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
        )
        values["oldAttachment"] = (values.removeValue(forKey: "oldAttachments") as? [Any])?.first
        values["staysInUse"] = nil
        return String(decoding: try JSONSerialization.data(withJSONObject: values), as: UTF8.self)
    }

    @Test func `a detach of an earlier version, which knew one attachment, can be undone`() async throws {
        let scene = try await UseScene()
        let attachment = try await scene.service.attach("data")
        for _ in 1...2 { scene.faults.order(.error(.broken), for: .attachment) }
        let error = await #expect(throws: VolumeError.self) { try await scene.service.detach("data") }
        let flow = try #require(error?.flow)
        let database = try TestDatabase.open()
        let changed = try await database.write(until: nil) { connection in
            try connection.execute("UPDATE flow SET version = 1 WHERE id = '\(flow)'")
            let entry = "flow = '\(flow)' AND atom = 'mark-detaching' AND output IS NOT NULL"
            let row = try #require(
                try connection.query("SELECT output FROM flow_journal WHERE \(entry)", []).first
            )
            return try connection.execute(
                "UPDATE flow_journal SET output = ? WHERE \(entry)",
                try withOneAttachment(row(0))
            )
        }
        await database.close()
        #expect(changed == 1)
        try await scene.service.retry(flow)
        #expect(try await scene.service.attachments(of: scene.volume) == [attachment])
        #expect(try await scene.device != nil)
        try await scene.service.detach("data")
        try await scene.expectFree()
    }
}
