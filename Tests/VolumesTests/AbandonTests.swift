import LoopbackDriver
import SQL
import SQLStore
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Flows that can't be carried on.
@Suite(.scratchDirectory)
struct AbandonTests {
    private func failedCreation(_ scene: Scene) async throws -> FlowID {
        scene.fail(.create, .after, with: .broken)
        scene.fail(.delete, .before, with: .broken, leftBehind: "a file")
        await #expect(throws: VolumeError.self) { try await scene.create() }
        return try #require(try await scene.service.flows(limit: 1).first).id
    }

    @Test func `an abandoned flow is recorded, and its volume can be removed`() async throws {
        let scene = try Scene()
        let flow = try await failedCreation(scene)
        try await scene.service.abandon(flow, forgettingBackend: false)
        let (detail, _) = try await scene.service.flow(flow)
        #expect(detail.resolution?.note == "abandoned by operator")
        #expect(try await scene.service.find("data").status == .error)
        for _ in 1...2 {
            let error = await #expect(throws: VolumeError.self) { try await scene.service.retry(flow) }
            #expect(error?.code == .conflict)
        }
        let twice = await #expect(throws: VolumeError.self) {
            try await scene.service.abandon(flow, forgettingBackend: true)
        }
        #expect(twice?.code == .conflict)
        try await scene.service.delete("data")
        try await scene.expectNothing()
    }

    @Test func `a forgotten volume uses no quota, and its data stays`() async throws {
        let scene = try Scene()
        let flow = try await failedCreation(scene)
        try await scene.service.abandon(flow, forgettingBackend: true)
        #expect(try await scene.service.volumes().isEmpty)
        #expect(try await scene.backend.list().count == 1)
        try await scene.expectUsage(volumes: 0, mebibytes: 0)
    }

    @Test func `a flow of an unknown kind can be given up, and is not recovered any more`() async throws {
        let scene = try Scene()
        let volume = try await scene.create()
        let store = try SQLStore(TestDatabase.open())
        try await store.transact {
            try $0.connection.executeScript(
                "UPDATE flow SET name = 'retype-volume', state = 'RUNNING', owner_lock = 1 << 50"
            )
        }
        try await scene.service.abandon(volume.flow, forgettingBackend: false)
        #expect(try await scene.service.recover() == [])
        #expect(try await scene.service.find("data").status == .available)
    }

    @Test func `a removal that succeeds in the end resolves the one that failed`() async throws {
        let scene = try Scene()
        try await scene.create()
        scene.fail(.delete, .before, with: .broken)
        for _ in 1...2 { scene.fail(.inspect, .before, with: .broken) }
        await #expect(throws: VolumeError.self) { try await scene.service.delete("data") }
        let failed = try #require(try await scene.service.flows(limit: 1).first).id
        #expect(try await scene.service.flow(failed).detail.resolution == nil)
        try await scene.service.delete("data")
        let last = try #require(try await scene.service.flows(limit: 1).first)
        #expect(last.state == .success && last.id != failed)
        #expect(try await scene.service.flow(failed).detail.resolution?.note == "resolved by flow \(last.id)")
        try await scene.expectNothing()
    }

    @Test func `no stored number is too large to be compared with a limit`() async throws {
        let scene = try Scene(limits: QuotaLimits(volumes: 10))
        try await scene.create("first")
        let store = try SQLStore(TestDatabase.open())
        try await store.transact {
            try $0.connection.executeScript("UPDATE quota SET in_use = 9223372036854775807")
        }
        let error = await #expect(throws: VolumeError.self) { try await scene.create("second") }
        #expect(error?.code == .quotaExceeded)
    }
}
