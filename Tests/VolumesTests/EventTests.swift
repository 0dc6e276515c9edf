import FoundationEssentials
import Identity
import SQL
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver

@testable import Volumes

/// The events that tell what happened, who did it, and how it ended.
@Suite(.scratchDirectory)
struct EventTests {
    private func names(_ service: VolumeService, _ selection: EventSelection = EventSelection()) async throws
        -> [String]
    {
        try await service.eventPages(selection).joined().map(\.name)
    }

    @Test func `a volume's life is told in Cinder's words`() async throws {
        let scene = try Scene()
        let volume = try await scene.create()
        try await scene.service.resize("data", to: .exactly(#require(ByteCount(bytes: 2 << 20))))
        try await scene.snapshot("s")
        try await scene.service.change("data", VolumeChange(name: try VolumeName(validating: "renamed")))
        try await scene.service.deleteSnapshot("renamed@s")
        try await scene.service.delete("renamed")
        #expect(
            try await names(scene.service) == [
                "volume.create.start", "volume.create.end", "volume.resize.start", "volume.resize.end",
                "snapshot.create.start", "snapshot.create.end", "volume.update.end", "snapshot.delete.start",
                "snapshot.delete.end", "volume.delete.start", "volume.delete.end",
            ]
        )
        let events = try await scene.service.eventPages(EventSelection(object: volume.id.description)).joined().readable
        #expect(events.count == 7)
        #expect(events.allSatisfy { $0.user == "operator" && $0.project == "default" })
        #expect(events.map(\.payload.sizeBytes) == [1, 1, 1, 2, 2, 2, 2].map { $0 << 20 })
        #expect(events.map(\.payload.size) == Array(repeating: 1, count: 7))
        #expect(
            events.map(\.payload.status) == [
                "creating", "available", "available", "available", "available", "available", "deleted",
            ]
        )
        #expect(events.last?.payload.displayName == "renamed")
        #expect(events.last?.payload.volumeID == volume.id.description)
        #expect(events.first?.flow == volume.flow)
    }

    @Test func `a failure is told with its step and its code`() async throws {
        let scene = try Scene()
        scene.fail(.create, .before)
        await #expect(throws: VolumeError.self) { try await scene.create() }
        let events = try await scene.service.eventPages().joined().readable
        #expect(events.map(\.name) == ["volume.create.start", "volume.create.error"])
        let error = try #require(events.last?.payload.error)
        #expect(error.code == "driver_failed")
        #expect(error.step == "create-on-driver")
        #expect(error.message.contains("told to fail"))
        #expect(events.last?.label == "data")
    }

    @Test func `a request beyond the quota is told although no volume came of it`() async throws {
        let scene = try Scene(limits: QuotaLimits(volumes: 0))
        await #expect(throws: VolumeError.self) { try await scene.create() }
        let events = try await scene.service.eventPages().joined().readable
        #expect(events.map(\.name) == ["volume.create.start", "volume.create.error"])
        #expect(events.last?.payload.error?.code == "quota_exceeded")
        #expect(events.last?.user == "operator")
        #expect(events.last?.payload.displayName == "data")
    }

    @Test func `what a revert could not undo is told as such`() async throws {
        let scene = try Scene()
        scene.fail(.create, .after)
        scene.fail(.delete, .before)
        await #expect(throws: VolumeError.self) { try await scene.create() }
        #expect(try await scene.service.eventPages().joined().last?.payload.error?.code == "revert_incomplete")
    }

    @Test func `events cost no commit`() async throws {
        let scene = try Scene()
        try await scene.create("first")
        let before = scene.database.commitCount
        try await scene.create("second")
        #expect(scene.database.commitCount - before == 2)
    }

    @Test func `a project sees its own events only`() async throws {
        let scene = try Scene()
        try await scene.create()
        let other = scene.service.scoped(to: Scope(project: "other"))
        #expect(try await names(other) == [])
        #expect(try await other.newestEvent() == 0)
    }

    @Test func `the newest, those since a time and those after a number can be selected`() async throws {
        let scene = try Scene()
        let (first, second) = (try await scene.create("a"), try await scene.create("b"))
        #expect(try await names(scene.service, EventSelection(newest: 1)) == ["volume.create.end"])
        #expect(try await names(scene.service, EventSelection(newest: 100)).count == 4)
        #expect(try await names(scene.service, EventSelection(object: first.id.description, newest: 1)).count == 1)
        #expect(try await names(scene.service, EventSelection(since: Date() + 60)) == [])
        #expect(try await names(scene.service, EventSelection(since: second.createdAt - 3600)).count == 4)
        let newest = try await scene.service.newestEvent()
        #expect(try await names(scene.service, EventSelection(after: newest - 1)) == ["volume.create.end"])
        #expect(try await names(scene.service, EventSelection(after: newest)) == [])
    }

    @Test func `old events are removed with old flows, and numbers are never given twice`() async throws {
        let scene = try Scene()
        for number in 1...4 {
            try await scene.create("v\(number)")
            try await scene.service.delete("v\(number)")
        }
        let newest = try await scene.service.newestEvent()
        try await scene.service.forgetFlows(olderThan: nil, beyond: 3)
        #expect(try await names(scene.service).count == 6)
        try await scene.service.forgetEvents(olderThan: -1, beyond: nil)
        #expect(try await names(scene.service) == ["volume.delete.end"])
        #expect(try await scene.service.newestEvent() == newest)
    }

    @Test func `changes without a flow are told in the transactions that make them, with who made them`() async throws {
        let scene = try Scene()
        let (service, theirs) = (scene.service, scene.service.scoped(to: Scope(project: "theirs", user: "other")))
        let volume = try await scene.create()
        let first = try await service.newestEvent()
        try await service.createType("fast", VolumeTypeChange(isPrivate: true))
        try await service.setAccess(of: "theirs", toType: "fast", true)
        try await service.setAccess(of: "theirs", toType: "fast", false)
        try await service.changeType("fast", VolumeTypeChange(description: "quick", isPrivate: false))
        try await service.setQuota(QuotaChange(volumes: .amount(7), gigabytes: .unlimited))
        try await service.disablePool("default", reason: "repair")
        try await service.enablePool("default")
        try await service.enablePool("default")
        try await service.retype("data", to: "fast")
        try await service.transfer("data", to: "theirs")
        let events = try await service.eventPages(EventSelection(after: first)).joined().readable
        #expect(
            events.map(\.name) == [
                "volume_type.create", "volume_type_project.access.add", "volume_type_project.access.remove",
                "volume_type.update", "quota.update", "pool.disable", "pool.enable", "volume.retype",
                "volume.transfer.create.end",
            ]
        )
        #expect(events.allSatisfy { $0.user == "operator" && $0.payload.userID == "operator" && $0.flow == nil })
        #expect(events[1].payload.metadata == ["project": "theirs"])
        #expect(events[4].payload.metadata == ["volumes": "7", "gigabytes": "unlimited"])
        #expect(events[5].payload.metadata == ["reason": "repair"] && events[5].object == "default")
        #expect(events[7].payload.volumeType == "fast")
        let accepted = try #require(try await theirs.eventPages().joined().readable.last)
        #expect(accepted.name == "volume.transfer.accept.end" && accepted.user == "operator")
        #expect(accepted.object == "\(volume.id)" && accepted.payload.tenantID == "theirs")
        try await theirs.delete("data")
        try await service.removeType("fast")
        #expect(try await names(service).last == "volume_type.delete")
    }

    @Test func `a revert is told of the volume and of the snapshot, and so is one that fails`() async throws {
        let scene = try Scene()
        let volume = try await scene.create()
        let snapshot = try await scene.snapshot("s")
        let before = try await scene.service.newestEvent()
        try await scene.service.revert("data", to: "s")
        scene.fail(.revert, .before, with: .refused)
        await #expect(throws: VolumeError.self) { try await scene.service.revert("data", to: "s") }
        let events = try await scene.service.eventPages(EventSelection(after: before)).joined().readable
        #expect(
            events.map(\.name) == [
                "volume.revert.start", "snapshot.revert.start", "volume.revert.end", "snapshot.revert.end",
                "volume.revert.start", "snapshot.revert.start", "volume.revert.error", "snapshot.revert.error",
            ]
        )
        for (number, event) in events.enumerated() {
            #expect(event.object == (number % 2 == 0 ? "\(volume.id)" : "\(snapshot.id)"))
            #expect(event.label == (number % 2 == 0 ? "data" : "data@s"))
            #expect(event.payload.volumeID == "\(volume.id)")
        }
        #expect(events.last?.payload.error?.code == "driver_failed")
    }

    @Test func `changes of QoS specs are told with Cinder's names, and requests that change nothing are not`()
        async throws
    {
        let service = try Scene().service
        try await service.createType("fast", VolumeTypeChange())
        let before = try await service.newestEvent()
        let specs = ["iops": "5"]
        try await service.createQoSSpecs("slow", QoSChange(specs: specs))
        for _ in 1...2 {
            try await service.changeQoSSpecs("slow", QoSChange(specs: ["bytes": "7"]))
            try await service.changeQoSSpecs("slow", QoSChange(removedSpecs: ["bytes"]))
            try await service.associateQoSSpecs("slow", withType: "fast")
            try await service.associateQoSSpecs("slow", withType: "fast")
            try await service.disassociateQoSSpecs("slow", fromType: "fast")
            try await service.disassociateQoSSpecs("slow", fromType: nil)
        }
        try await service.associateQoSSpecs("slow", withType: "fast")
        try await service.disassociateQoSSpecs("slow", fromType: nil)
        try await service.removeQoSSpecs("slow", force: false)
        let events = try await service.eventPages(EventSelection(after: before)).joined().readable
        let changes = ["update", "delete_keys", "associate", "disassociate"]
        #expect(
            events.map(\.name)
                == (["create"] + changes + changes + ["associate", "disassociate_all", "delete"])
                .map { "qos_specs.\($0)" }
        )
        #expect(events.allSatisfy { $0.object == "slow" && $0.user == "operator" })
        #expect(events.first?.payload.metadata == specs && events[3].payload.volumeType == "fast")
    }

    @Test func `a claim of a pool and a correction of a quota are told, if they change anything`() async throws {
        let scene = try Scene()
        let service = scene.service
        try await scene.create()
        _ = try await service.claimPool("default")
        _ = try await service.auditQuota(fixing: true)
        #expect(try await names(service).last == "volume.create.end")
        try FileManager.default.removeItem(atPath: ScratchDirectory.path + "/pool/.volumectl-pool")
        _ = try await service.claimPool("default")
        _ = try await scene.database.write(until: nil) { connection in
            try connection.execute("UPDATE quota SET in_use = 5 WHERE resource = 'volumes'")
        }
        _ = try await service.auditQuota(allProjects: true, fixing: true)
        let events = try await service.eventPages(EventSelection(newest: 2)).joined().readable
        #expect(events.map(\.name) == ["pool.claim", "quota.sync"])
        #expect(events.map(\.object) == ["default", "default"])
        #expect(events[0].payload.metadata?["former_mark"] != nil)
        #expect(
            events[1].payload.metadata == ["volumes": "1 in use and 0 reserved, instead of 5 and 0"]
        )
    }

    @Test func `objects that are forgotten with a flow are told`() async throws {
        let scene = try Scene()
        try await scene.create()
        try await scene.snapshot("s")
        scene.fail(.revert, .before, with: .broken)
        await #expect(throws: VolumeError.self) { try await scene.service.revert("data", to: "s") }
        let before = try await scene.service.newestEvent()
        try await scene.service.abandon(scene.service.find("data").flow, forgettingBackend: true)
        #expect(
            try await names(scene.service, EventSelection(after: before))
                == ["flow.abandon", "volume.unmanage.end", "snapshot.unmanage.end"]
        )
    }

    @Test func `a change that is refused is not told`() async throws {
        let scene = try Scene()
        try await scene.create()
        let before = try await scene.service.newestEvent()
        await #expect(throws: VolumeError.self) { try await scene.service.transfer("data", to: "no name") }
        await #expect(throws: VolumeError.self) { try await scene.service.changeType("none", VolumeTypeChange()) }
        await #expect(throws: VolumeError.self) { try await scene.service.setQuota(QuotaChange(volumes: .amount(-1))) }
        await #expect(throws: VolumeError.self) { try await scene.service.disablePool("default", reason: "") }
        await #expect(throws: VolumeError.self) { try await scene.service.retype("data", to: "none") }
        #expect(try await scene.service.newestEvent() == before)
    }

    @Test func `a flow that is given up is told, and so is its volume`() async throws {
        let scene = try Scene()
        try await scene.create()
        scene.fail(.delete, .before, with: .broken)
        for _ in 1...2 { scene.fail(.inspect, .before, with: .broken) }
        await #expect(throws: VolumeError.self) { try await scene.service.delete("data") }
        let volume = try await scene.service.find("data")
        let before = try await scene.service.newestEvent()
        try await scene.service.abandon(volume.flow, forgettingBackend: false)
        let event = try #require(
            try await scene.service.eventPages(EventSelection(after: before)).joined().readable.first
        )
        #expect(event.name == "flow.abandon" && event.object == "\(volume.flow)" && event.label == "data")
        #expect(event.payload.volumeID == "\(volume.id)" && event.user == "operator")
    }
}
