import Foundation
import Identity
import LoopbackDriver
import Synchronization
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Requests on one host whose drivers are called on another.
@Suite(.scratchDirectory)
struct HandOverTests {
    @Test func `a volume is made, grown, copied and removed where its pool is, whatever host is asked`() async throws {
        let scene = try HostScene("alpha", "beta")
        let (alpha, size) = (try scene["alpha"], try #require(ByteCount(bytes: 2 << 20)))
        try await scene.working(on: "beta") {
            let volume = try await alpha.create(request("data", in: "default@beta")).volume
            #expect(volume.status == .available && volume.pool == "default@beta")
            #expect(try await scene.host("beta").backend.list().map(\.id) == [volume.id])
            #expect(try await scene.host("alpha").backend.list().isEmpty)

            #expect(try await alpha.resize("data", to: .exactly(size)).volume.size == size)
            #expect(try await scene.host("beta").backend.inspect(volume.id) == .complete(size))
            #expect(try await alpha.resize("data", to: .exactly(size)).oldSize == size)
            let name = try VolumeName(validating: "s1", as: "snapshot")
            _ = try await alpha.createSnapshot(SnapshotRequest(of: "data", name: name))
            var copy = try request("copy")
            (copy.size, copy.source) = (nil, .snapshot("data@s1"))
            #expect(try await alpha.create(copy).volume.pool == "default@beta")
            try await alpha.revert("data", to: "s1")
            try await alpha.delete("copy")
            try await alpha.deleteSnapshot("data@s1")
            try await alpha.delete("data")
        }
        #expect(try await scene.host("beta").backend.list().isEmpty)
        try await scene.expectUsage(volumes: 0)
    }

    @Test func `a driver that fails on another host leaves nothing behind on any`() async throws {
        let scene = try HostScene("alpha", "beta")
        try await scene.working(on: "beta") {
            scene.fail(.create, on: "beta")
            let error = await #expect(throws: VolumeError.self) {
                _ = try await scene["alpha"].create(request("data", in: "default@beta"))
            }
            #expect(error?.code == .driverFailed)
            #expect(error?.aftermath == "nothing was left behind: all is as it was")
        }
        #expect(try await scene["alpha"].volumes().isEmpty)
        try await scene.expectUsage(volumes: 0)
    }

    @Test func `a host that can't make the volume lets the next best one try`() async throws {
        let scene = try HostScene("alpha", "beta")
        try await scene.working(on: "alpha", "beta") {
            for host in ["alpha", "beta"] { scene.fail(.create, on: host, with: .retryableElsewhere) }
            let error = await #expect(throws: VolumeError.self) { try await scene["alpha"].create(request("data")) }
            #expect(error?.message.contains("none of 2 pools could take it") == true)
            scene.fail(.create, on: "alpha", with: .retryableElsewhere)
            scene.fail(.create, on: "beta", with: .retryableElsewhere)
            // Whichever is tried first fails, and so does the second.
            await #expect(throws: VolumeError.self) { try await scene["beta"].create(request("data")) }
            _ = try await scene["beta"].create(request("data"))
        }
        try await scene.expectUsage(volumes: 1)
    }

    @Test func `a flow that is not waited for is taken up when a worker of its host comes`() async throws {
        let scene = try HostScene("alpha", "beta")
        try await scene.report()
        var control = RequestControl()
        control.waits = false
        let created = try await scene["alpha"].create(request("data", in: "default@beta"), control: control)
        #expect(created.volume.status == .creating)
        let waiting = try await scene["alpha"].host(named: "beta")
        #expect(waiting.waitingFlows == 1 && waiting.waitingSince != nil)
        #expect(try await scene["alpha"].host(named: "alpha").waitingFlows == 0)
        // Nobody else takes it up.
        #expect(try await scene["alpha"].recover().isEmpty)
        try await scene.working(on: "beta") {
            try await scene["alpha"].wait(for: control.flow, control: RequestControl())
        }
        #expect(try await scene["alpha"].volume(named: "data").status == .available)
    }

    @Test func `a caller learns at once for which host it waits, and why nobody is there, and can give up`()
        async throws
    {
        let scene = try HostScene("alpha", "beta")
        let control = RequestControl()
        let (phases, tell) = AsyncStream<RequestPhase>.makeStream()
        let alpha = try scene["alpha"].telling { tell.yield($0) }
        try await scene.working(on: "beta") { _ = try await alpha.create(request("data", in: "default@beta")) }
        let removal = Task { try await alpha.delete("data", control: control) }
        for await case .handedOver(let flow, let place, let problem?) in phases {
            #expect(flow == control.flow && place == "host beta")
            #expect(problem.contains("the worker of host beta was stopped at"))
            break
        }
        removal.cancel()
        let error = await #expect(throws: VolumeError.self) { try await removal.value }
        #expect(error?.code == .cancelled)
        #expect(try await alpha.volume(named: "data").status == .available)
        try await scene.expectUsage(volumes: 1)
    }

    @Test func `a worker that is told to stop ends its step, and the next worker goes on`() async throws {
        let scene = try HostScene("alpha", "beta")
        let service = try scene["beta"]
        let worker = HostWorker(service, label: "process 2")
        scene.onCreate(on: "beta") { worker.stop() }
        try await scene.report()
        let creation = Task { try await scene["alpha"].create(request("data", in: "default@beta")) }
        #expect(try await worker.run())
        let volume = try await service.volume(named: "data")
        #expect(volume.status == .creating)
        #expect(try await scene.host("beta").backend.list().map(\.id) == [volume.id])
        #expect(try await service.host(named: "beta").state == .stopped)
        // It is left to whoever serves the pool next, who need not ask whether somebody else goes on with it.
        #expect(try await service.host(named: "beta").waitingFlows == 1)
        try await scene.working(on: "beta") {
            let created = try await creation.value
            #expect(created.volume.status == .available)
        }
    }

    @Test func `a worker runs no more flows at once in a pool than it may`() async throws {
        let scene = try HostScene("alpha", "beta")
        let gauge = Mutex((now: 0, most: 0))
        scene.onCreate(on: "beta") {
            gauge.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            Thread.sleep(forTimeInterval: 0.02)
            gauge.withLock { $0.now -= 1 }
        }
        try await scene.report()
        var control = RequestControl()
        control.waits = false
        for number in 1...6 {
            control.flow = .random()
            _ = try await scene["alpha"].create(request("data\(number)", in: "default@beta"), control: control)
        }
        try await scene.working(on: "beta", flowsPerPool: 2) {
            try await eventually { try await scene["alpha"].volumes().allSatisfy { $0.status == .available } }
        }
        #expect(gauge.withLock(\.most) <= 2 && gauge.withLock(\.now) == 0)
    }

    @Test func `a group's snapshots are made on the host of all its volumes, and not if these are on several`()
        async throws
    {
        let scene = try HostScene("alpha", "beta")
        let alpha = try scene["alpha"]
        func groupRequest(_ volume: String, of host: String) throws -> VolumeRequest {
            var request = try request(volume, in: "default@\(host)")
            request.group = "db"
            return request
        }
        try await alpha.createGroup(GroupRequest(name: VolumeName(validating: "db")))
        try await scene.working(on: "alpha", "beta") {
            for volume in ["a", "b"] { _ = try await alpha.create(groupRequest(volume, of: "beta")) }
            let made = try await alpha.createGroupSnapshot("db")
            #expect(made.map(\.snapshot.status) == [.available, .available])
            let backend = try scene.host("beta").backend
            #expect(try await Set(backend.listSnapshots().map(\.id)) == Set(made.map(\.snapshot.id)))

            _ = try await alpha.create(groupRequest("c", of: "alpha"))
            let error = await #expect(throws: VolumeError.self) { try await alpha.createGroupSnapshot("db") }
            #expect(error?.code == .conflict && error?.cause == "the hosts are alpha, beta")
            #expect(try await alpha.quota().usage.inUse.snapshots == 2)
        }
        #expect(try await scene.host("alpha").backend.listSnapshots().isEmpty)
        try await scene.expectUsage(volumes: 3)
    }

    @Test func `volumes are not copied between hosts, and the error says so`() async throws {
        let scene = try HostScene("alpha", "beta")
        try await scene.report()
        _ = try await scene["alpha"].create(request("data", in: "default"))
        let error = await #expect(throws: VolumeError.self) {
            try await scene["alpha"].migrate("data", to: "default@beta")
        }
        #expect(error?.code == .conflict && error?.message.contains("are on different hosts") == true)
    }

    @Test func `a worker whose place others have taken ends with an error, so that it is started again`() async throws {
        let database = ReplacedDatabase(try TestDatabase.open())
        let service = try VolumeService(database: database, pools: [], host: HostOptions(name: "alpha"))
        let worker = HostWorker(service, label: "process 2") { event in
            if case .looked = event { database.replacing.isReplacedFlag.store(true, ordering: .relaxed) }
        }
        let error = await #expect(throws: VolumeError.self) { try await worker.run() }
        #expect(error?.code == .storeUnavailable && error?.cause?.contains("others have taken over") == true)
    }
}
