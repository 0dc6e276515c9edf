import Identity
import LoopbackDriver
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

@Suite(.scratchDirectory)
struct GroupTests {
    private func group(_ name: String = "db", types: Set<String> = []) throws -> GroupRequest {
        GroupRequest(name: try VolumeName(validating: name), description: "a cluster", types: types)
    }

    private func request(_ name: String, in group: String?, type: String? = nil) throws -> VolumeRequest {
        let size = try #require(ByteCount(bytes: 1 << 20))
        var request = VolumeRequest(name: try VolumeName(validating: name), size: .exactly(size))
        (request.group, request.type) = (group, type)
        return request
    }

    private func code(_ body: () async throws -> Void) async -> VolumeError.Code? {
        await #expect(throws: VolumeError.self) { try await body() }?.code
    }

    @Test func `the same group made again is the same, and another one of that name is refused`() async throws {
        let scene = try Scene()
        let made = try await scene.service.createGroup(group())
        #expect(made.isNew)
        let again = try await scene.service.createGroup(group())
        #expect(!again.isNew && again.group == made.group)
        let error = await #expect(throws: VolumeError.self) {
            try await scene.service.createGroup(GroupRequest(name: made.group.name))
        }
        #expect(error?.code == .conflict && error?.cinderName == "InvalidGroup")
        let missing = await #expect(throws: VolumeError.self) { try await scene.service.group(named: "x") }
        #expect(missing?.code == .notFound && missing?.cinderName == "GroupNotFound")
        #expect(try await scene.service.groups() == [made.group])
    }

    @Test func `groups count in their quota, which an audit compares with what is there`() async throws {
        let scene = try Scene(limits: QuotaLimits(groups: 1))
        try await scene.service.createGroup(group())
        let error = await #expect(throws: VolumeError.self) { try await scene.service.createGroup(group("web")) }
        #expect(error?.code == .quotaExceeded && error?.remedies.first == .raiseQuota("groups", to: 2))
        try await scene.service.setQuota(QuotaChange(groups: .amount(2)))
        try await scene.service.createGroup(group("web"))
        try await scene.service.removeGroup("db")
        let groups = try await scene.service.quota().resources.first { $0.resource == .groups }
        #expect(groups?.recorded == ResourceQuota.Use(inUse: 1) && groups?.limit == 2)
        #expect(try await scene.service.auditQuota().flatMap(\.differences).isEmpty)
    }

    @Test func `a volume is created in a group, and a request for another group is another request`() async throws {
        let scene = try Scene()
        let id = try await scene.service.createGroup(group()).group.id
        let volume = try await scene.service.create(request("a", in: "db")).volume
        #expect(volume.group == id && volume.groupName?.description == "db")
        #expect(try await scene.service.create(request("a", in: "\(id)")).volume == volume)
        try await scene.service.createGroup(group("web"))
        #expect(await code { _ = try await scene.service.create(request("a", in: "web")) } == .conflict)
        #expect(await code { _ = try await scene.service.create(request("b", in: "x")) } == .notFound)
        #expect(try await scene.service.volumes(ofGroup: "db") == [volume])
        #expect(try await scene.service.group(named: "db").volumes == 1)
    }

    @Test func `volumes are added and removed all or none, and are in at most one group`() async throws {
        let scene = try Scene()
        for name in ["db", "web"] { try await scene.service.createGroup(group(name)) }
        for name in ["a", "b", "c"] { try await scene.create(name) }
        #expect(await code { try await scene.service.addToGroup("db", ["a", "x"]) } == .notFound)
        #expect(try await scene.service.group(named: "db").volumes == 0)
        #expect(try await scene.service.addToGroup("db", ["a", "b", "a"]).volumes == 2)
        #expect(try await scene.service.addToGroup("db", ["b"]).volumes == 2)
        #expect(await code { try await scene.service.addToGroup("web", ["c", "b"]) } == .conflict)
        #expect(await code { try await scene.service.removeFromGroup("web", ["b"]) } == .conflict)
        #expect(try await scene.service.removeFromGroup("db", ["a", "c"]).volumes == 1)
        #expect(await code { try await scene.service.transfer("b", to: "other") } == .conflict)
        let other = scene.service.scoped(to: Scope(project: "other"))
        try await other.createGroup(group())
        #expect(await code { try await other.addToGroup("db", ["c"]) } == .notFound)
    }

    @Test func `a group with types takes only volumes of them, however they come in`() async throws {
        let scene = try Scene()
        #expect(await code { try await scene.service.createGroup(group(types: ["ssd"])) } == .notFound)
        for type in ["ssd", "hdd"] { try await scene.service.createType(type, VolumeTypeChange()) }
        try await scene.service.createGroup(group(types: ["ssd"]))
        for type in ["hdd", nil] {
            #expect(
                await code { _ = try await scene.service.create(request("a", in: "db", type: type)) } == .invalidInput
            )
        }
        _ = try await scene.service.create(request("a", in: "db", type: "ssd"))
        try await scene.create("b", type: "hdd")
        #expect(await code { try await scene.service.addToGroup("db", ["b"]) } == .invalidInput)
        #expect(await code { try await scene.service.retype("a", to: "hdd") } == .invalidInput)
        try await scene.service.delete("a")
        #expect(await code { try await scene.service.removeType("ssd") } == .conflict)
        try await scene.service.removeGroup("db")
        try await scene.service.removeType("ssd")
    }

    @Test func `a group with volumes is removed only with them, and if one must stay, all do`() async throws {
        let scene = try Scene()
        try await scene.service.createGroup(group())
        for name in ["a", "b"] { _ = try await scene.service.create(request(name, in: "db")) }
        let error = await #expect(throws: VolumeError.self) { try await scene.service.removeGroup("db") }
        #expect(error?.code == .conflict && error?.remedies.last == .removeGroupWithVolumes("db"))
        try await scene.service.change("b", VolumeChange(isProtected: true))
        #expect(await code { try await scene.service.removeGroup("db", includingVolumes: true) } == .conflict)
        try await scene.service.change("b", VolumeChange(isProtected: false))
        let snapshot = try await scene.snapshot("s", of: "b")
        #expect(await code { try await scene.service.removeGroup("db", includingVolumes: true) } == .conflict)
        #expect(try await scene.service.group(named: "db").volumes == 2)
        try await scene.service.deleteSnapshot("\(snapshot.id)")
        try await scene.service.removeGroup("db", includingVolumes: true)
        try await scene.expectNothing()
        #expect(try await scene.service.groups().isEmpty)
    }

    @Test func `changes of groups are events, and need a member of the project`() async throws {
        let scene = try Scene()
        try await scene.create("a")
        try await scene.service.createGroup(group())
        try await scene.service.addToGroup("db", ["a"])
        try await scene.service.addToGroup("db", ["a"])
        let name = try VolumeName(validating: "sql")
        #expect(try await scene.service.changeGroup("db", GroupChange(name: name)).description == "a cluster")
        try await scene.service.removeFromGroup("sql", ["a"])
        let id = try await scene.service.removeGroup("sql").id
        let events = try await scene.service.eventPages(EventSelection(object: "\(id)"), of: 100).joined()
        #expect(
            events.readable.map(\.name) == ["group.create.end"] + Array(repeating: "group.update.end", count: 3)
                + ["group.delete.end"]
        )
        #expect(events.readable.allSatisfy { $0.payload.groupID == "\(id)" && $0.user == "operator" })
        let reader = scene.service.scoped(to: Scope(roles: [.reader]))
        #expect(try await reader.groups().isEmpty)
        #expect(await code { try await reader.createGroup(group()) } == .notPermitted)
        #expect(await code { try await reader.addToGroup("db", ["a"]) } == .notPermitted)
        #expect(await code { try await reader.removeGroup("db") } == .notPermitted)
    }

    @Test func `all volumes of a group are snapshotted, with one reservation and one event at each end`() async throws {
        let scene = try Scene()
        let id = try await scene.service.createGroup(group()).group.id
        let name = try VolumeName(validating: "kept", as: "snapshot")
        #expect(await code { try await scene.service.createGroupSnapshot("db", named: name) } == .conflict)
        for name in ["a", "b"] { _ = try await scene.service.create(request(name, in: "db")) }
        let made = try await scene.service.createGroupSnapshot("db", named: name)
        #expect(made.map(\.snapshot.label) == ["a@kept", "b@kept"])
        #expect(made.allSatisfy { $0.snapshot.status == .available })
        try await scene.expectUsage(volumes: 2, mebibytes: 4, snapshots: 2)
        let events = try await scene.service.eventPages(EventSelection(object: "\(id)"), of: 100).joined()
        #expect(events.readable.map(\.name).suffix(2) == ["group_snapshot.create.start", "group_snapshot.create.end"])
        #expect(events.readable.map(\.payload.status).suffix(2) == ["creating", "available"])
        for snapshot in made.map(\.snapshot) {
            let told = try await scene.service.eventPages(EventSelection(object: "\(snapshot.id)"), of: 100).joined()
                .readable
            #expect(told.map(\.name) == ["snapshot.create.start", "snapshot.create.end"])
            #expect(told.allSatisfy { $0.label == snapshot.label && $0.payload.volumeID == "\(snapshot.volume)" })
        }
        #expect(await code { try await scene.service.createGroupSnapshot("db", named: name) } == .conflict)
        for label in ["a@kept", "b@kept"] { try await scene.service.deleteSnapshot(label) }
        try await scene.expectUsage(volumes: 2, mebibytes: 2)
    }

    @Test func `if one snapshot of a group fails or exceeds the quota, none is made`() async throws {
        let scene = try Scene(limits: QuotaLimits(snapshots: 2))
        try await scene.service.createGroup(group())
        for name in ["a", "b"] { _ = try await scene.service.create(request(name, in: "db")) }
        for moment in [HookedDriver.Moment.before, .after] {
            scene.fail(.createSnapshot, moment)
            #expect(await code { try await scene.service.createGroupSnapshot("db") } == .driverFailed)
            try await scene.expectUsage(volumes: 2, mebibytes: 2)
            #expect(try await scene.backend.listSnapshots().isEmpty)
        }
        try await scene.snapshot("s", of: "b")
        #expect(await code { try await scene.service.createGroupSnapshot("db") } == .quotaExceeded)
        try await scene.expectUsage(volumes: 2, mebibytes: 3, snapshots: 1)
    }

    @Test func `snapshots of a group that was given up are removed one by one, each with its own quota`() async throws {
        let scene = try Scene()
        try await scene.service.createGroup(group())
        for name in ["a", "b"] { _ = try await scene.service.create(request(name, in: "db")) }
        scene.fail(.createSnapshot, .after)
        scene.fail(.deleteSnapshot, .before)
        scene.fail(.deleteSnapshot, .before)
        let error = await #expect(throws: VolumeError.self) { try await scene.service.createGroupSnapshot("db") }
        #expect(error?.code == .revertIncomplete)
        let flow = try #require(error?.flow)
        #expect(try await scene.service.abandon(flow, forgettingBackend: true).snapshots.count == 2)
        try await scene.expectUsage(volumes: 2, mebibytes: 2)
    }
}
