import Identity
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Volumes in a pool that two hosts reach.
@Suite(.scratchDirectory)
struct SharedPoolTests {
    /// Two hosts with a pool `ceph`, in which there is a volume `data` that alpha has made.
    private func scene() async throws -> HostScene {
        let scene = try HostScene("alpha", "beta", shared: "ceph")
        try await scene.report()
        #expect(try await scene["alpha"].create(request("data", in: "ceph")).volume.pool == "ceph")
        return scene
    }

    @Test func `a host that is asked changes a volume itself, whichever host has made it`() async throws {
        let scene = try await scene()
        let size = try #require(ByteCount(bytes: 2 << 20))
        // No worker runs, so that nothing can be handed over.
        #expect(try await scene["beta"].resize("data", to: .exactly(size)).volume.size == size)
        try await scene["beta"].delete("data")
        try await scene.expectUsage(volumes: 0)
    }

    @Test func `a volume is used on one host at a time, and another one is told where and how that ends`() async throws
    {
        let scene = try await scene()
        let (alpha, beta) = (try scene["alpha"], try scene["beta"])
        #expect(try await alpha.attach("data").host == "alpha")
        for call in [
            { _ = try await beta.attach("data") }, { _ = try await beta.export("data") },
            { _ = try await beta.mount("data", at: ScratchDirectory.path) },
        ] as [() async throws -> Void] {
            let error = await #expect(throws: VolumeError.self) { try await call() }
            #expect(error?.code == .conflict && error?.message == "volume \"data\" is in use on host alpha")
            #expect(error?.remedies.first == .detachVolume("data"))
        }
        try await alpha.detach("data")
        #expect(try await beta.attach("data").host == "beta")
    }

    @Test func `a use that ends from another host is ended by the worker of the host with the device`() async throws {
        let scene = try await scene()
        let (alpha, beta) = (try scene["alpha"], try scene["beta"])
        let (devices, servers) = (
            PretendDevices(in: ScratchDirectory.path + "/devices-alpha"),
            PretendDevices(in: ScratchDirectory.path + "/servers-alpha")
        )
        let volume = try await alpha.volume(named: "data")
        try await scene.working(on: "alpha") {
            _ = try await alpha.attach("data")
            #expect(devices.device(of: volume.id) != nil)
            #expect(try await beta.detach("data") != nil)
            #expect(devices.device(of: volume.id) == nil)
            _ = try await alpha.export("data")
            #expect(try await beta.unexport("data") != nil)
            #expect(servers.device(of: volume.id) == nil)
        }
        #expect(try await beta.volume(named: "data").status == .available)
        #expect(try await beta.attach("data").host == "beta")
    }

    @Test func `a use whose host is away stays until that is back, and the caller learns why`() async throws {
        let scene = try await scene()
        let (alpha, (phases, tell)) = (try scene["alpha"], AsyncStream<RequestPhase>.makeStream())
        let beta = try scene["beta"].telling { tell.yield($0) }
        _ = try await alpha.attach("data")
        try await alpha.endReports(by: "process 1")
        var control = RequestControl()
        control.deadline = .now
        let error = await #expect(throws: VolumeError.self) { try await beta.detach("data", control: control) }
        #expect(error?.code == .timedOut && error?.aftermath == "still running: the flow goes on")
        for await case .handedOver(_, let place, let problem?) in phases {
            #expect(place == "host alpha" && problem.contains("the worker of host alpha was stopped at"))
            break
        }
        #expect(try await beta.volume(named: "data").status == .detaching)
        try await scene.working(on: "alpha") { try await beta.wait(for: control.flow, control: RequestControl()) }
        #expect(try await beta.volume(named: "data").status == .available)
    }
}
