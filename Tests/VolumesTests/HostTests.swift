import Foundation
import Identity
import LoopbackDriver
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Several hosts with one database: whose the pools are, and what each host knows of those of the others.
@Suite(.scratchDirectory)
struct HostTests {
    @Test func `a pool of one host is called by the host's name, and a shared one by its own`() async throws {
        let scene = try HostScene("alpha", "beta", shared: "ceph")
        try await scene.report()
        for host in ["alpha", "beta"] {
            let other = host == "alpha" ? "beta" : "alpha"
            let pools = try await scene[host].poolStatuses()
            #expect(pools.map(\.report.name) == ["default@\(host)", "ceph", "default@\(other)"])
            #expect(pools.map(\.report.host) == [host, nil, other])
            #expect(pools.map(\.report.configuredName) == ["default", "ceph", "default"])
            #expect(pools.map { $0.report.reportedAt != nil } == [false, false, true])
            #expect(pools.allSatisfy { $0.report.problem == nil && $0.report.capacity != nil })
        }
    }

    @Test func `without a name, a host has no other hosts, and its pools have their own names`() async throws {
        let scene = try Scene()
        #expect(scene.service.hostName == nil)
        #expect(try await scene.service.poolStatuses().map(\.report.name) == ["default"])
        #expect(try await scene.create().pool == "default")
        let error = await #expect(throws: VolumeError.self) { try await scene.service.reportPools(by: "process 1") }
        #expect(error?.code == .invalidInput)
    }

    @Test func `a bare name is a pool of this host, or the only one of another host, or is ambiguous`() async throws {
        let scene = try HostScene("alpha", "beta", "gamma")
        try await scene.report()
        let alpha = try scene["alpha"]
        #expect(try await alpha.poolStatus("default").report.name == "default@alpha")
        #expect(try await alpha.poolStatus("default@beta").report.name == "default@beta")
        let volume = try await alpha.create(request("data", in: "default")).volume
        #expect(volume.pool == "default@alpha" && volume.requestedPool == "default@alpha")
        #expect(try await alpha.create(request("data", in: "default")).isNew == false)

        let client = try service(of: "delta", pools: [])
        let error = await #expect(throws: VolumeError.self) { try await client.poolStatus("default") }
        #expect(error?.code == .conflict)
        #expect(error?.cause == "the pools are default@alpha, default@beta, default@gamma")
        let unknown = await #expect(throws: VolumeError.self) { try await client.poolStatus("fast") }
        #expect(unknown?.code == .notFound)
        #expect(unknown?.cause == "the pools are default@alpha, default@beta, default@gamma")
    }

    @Test func `a pool whose host has not reported in time is down, and gets no volumes`() async throws {
        let scene = try HostScene("alpha", "beta", reportLimit: .zero)
        try await scene.report()
        let pool = try await scene["alpha"].poolStatus("default@beta").report
        #expect(pool.problem?.contains("host beta last reported it at") == true && pool.capacity == nil)
        #expect(pool.remedies == [.advice("start volumed on host beta")])
        let error = await #expect(throws: VolumeError.self) {
            _ = try await scene["alpha"].create(request("data", in: "default@beta"))
        }
        #expect(error?.code == .noValidPool)
        #expect(try await scene["alpha"].hosts().map(\.state) == [.silent, .silent])
    }

    @Test func `the pools of a worker that was stopped are down at once, and up when it reports again`() async throws {
        let scene = try HostScene("alpha", "beta")
        try await scene.report()
        try await scene["beta"].endReports(by: "another process")
        #expect(try await scene["alpha"].host(named: "beta").state == .up)
        try await scene["beta"].endReports(by: "process 1")
        #expect(try await scene["alpha"].host(named: "beta").state == .stopped)
        let problem = try await scene["alpha"].poolStatus("default@beta").report.problem
        #expect(problem?.contains("the worker of host beta was stopped at") == true)
        try await scene.report()
        #expect(try await scene["alpha"].host(named: "beta").state == .up)
        #expect(try await scene["alpha"].poolStatus("default@beta").report.problem == nil)
    }

    @Test func `a drained host gets no new volumes, and keeps those that it has`() async throws {
        let scene = try HostScene("alpha", "beta", shared: "ceph")
        try await scene.report()
        _ = try await scene["alpha"].create(request("old", in: "default"))
        let drained = try await scene["beta"].drainHost("alpha", reason: "new disks")
        #expect(drained.draining?.reason == "new disks" && drained.draining?.user == "operator")
        let pools = try await scene["alpha"].poolStatuses()
        #expect(pools.map { $0.disabling?.host } == ["alpha", nil, nil])
        let error = await #expect(throws: VolumeError.self) {
            _ = try await scene["alpha"].create(request("new", in: "default"))
        }
        #expect(error?.code == .noValidPool && error?.remedies.contains(.enableHost("alpha")) == true)
        #expect(try await scene["alpha"].create(request("new", in: "ceph")).volume.pool == "ceph")
        try await scene["alpha"].delete("old")

        #expect(try await scene["alpha"].enableHost("alpha"))
        #expect(try await scene["alpha"].enableHost("alpha") == false)
        _ = try await scene["alpha"].create(request("newer", in: "default"))
        let unknown = await #expect(throws: VolumeError.self) {
            try await scene["alpha"].drainHost("omega", reason: "")
        }
        #expect(unknown?.code == .notFound && unknown?.cause == "the hosts are alpha, beta")
    }

    @Test func `two hosts that serve one place are refused, and the second is told whose it is`() async throws {
        let scene = try HostScene("alpha", "beta") { _ in ScratchDirectory.path + "/nfs" }
        try await scene.report()
        let own = try await scene["beta"].poolStatus("default").report
        #expect(own.problem?.contains("is the same place as pool \"default@alpha\", which host alpha serves") == true)
        #expect(try await scene["alpha"].poolStatus("default@beta").report.problem != nil)
        let error = await #expect(throws: VolumeError.self) {
            _ = try await scene["beta"].create(request("data", in: "default"))
        }
        #expect(error?.code == .noValidPool)
        let refused = await #expect(throws: VolumeError.self) { _ = try await scene["beta"].claimPool("default") }
        #expect(refused?.code == .conflict)
        #expect(refused?.message.contains("which host alpha serves") == true)
        _ = try await scene["alpha"].create(request("data", in: "default"))
    }

    @Test func `a host can claim the disks of one that is gone, with their volumes`() async throws {
        let scene = try HostScene("alpha", "beta") { _ in ScratchDirectory.path + "/disk" }
        try await scene["alpha"].reportPools(by: "process 1")
        let volume = try await scene["alpha"].create(request("data", in: "default")).volume
        try await scene["alpha"].endReports(by: "process 1")
        let claim = try await scene["beta"].claimPool("default")
        #expect(claim.formerName == "default@alpha" && claim.present == 1)
        #expect(try await scene["beta"].volume(volume.id).pool == "default@beta")
        try await scene["beta"].delete("data")
        let own = try await scene["alpha"].poolStatus("default").report
        #expect(own.problem?.contains("which host beta serves") == true)
    }

    @Test func `a volume is attached where its pool is, and elsewhere the error says where that is`() async throws {
        let scene = try HostScene("alpha", "beta")
        try await scene.report()
        _ = try await scene["beta"].create(request("data", in: "default"))
        let alpha = try scene["alpha"]
        let error = await #expect(throws: VolumeError.self) { try await alpha.attach("data") }
        #expect(error?.code == .conflict)
        #expect(
            error?.message == "volume \"data\" can't be attached on this host: pool \"default@beta\" is on host beta"
        )
        #expect(error?.remedies.first == .onHost("beta", .attachVolume("data")))
        let objects = await #expect(throws: VolumeError.self) { try await alpha.poolObjects("default@beta") }
        #expect(objects?.remedies.first == .onHost("beta", .listPoolObjects("default@beta")))
        let state = await alpha.backendState(of: try await alpha.volume(named: "data"))
        guard case .unknown(let why) = state else {
            Issue.record("the data of another host's volume can't be seen")
            return
        }
        #expect(why.cause?.contains("is on host beta") == true)
        #expect(try await alpha.create(request("data")).isNew == false)
    }

    @Test func `a database of one host goes on with hosts once its pools are claimed`() async throws {
        let backend = LoopbackDriver(directory: ScratchDirectory.path + "/pool-alpha")
        let single = try VolumeService(
            database: TestDatabase.open(),
            pools: [Pool(name: "default", driver: backend)]
        )
        let volume = try await single.create(request("data")).volume
        let scene = try HostScene("alpha", "beta")
        let problem = try await scene["alpha"].poolStatus("default").report.problem
        #expect(problem?.contains("known to the database as \"default\"") == true)
        _ = try await scene["alpha"].claimPool("default")
        #expect(try await scene["alpha"].volume(volume.id).pool == "default@alpha")
        try await scene["alpha"].delete("data")
    }

    private func service(of host: String, pools: [Pool]) throws -> VolumeService {
        try VolumeService(
            database: TestDatabase.open(),
            pools: pools,
            host: HostOptions(name: host, reportLimit: .seconds(600))
        )
    }
}
