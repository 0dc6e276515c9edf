import LoopbackDriver
import SQL
import SQLStore
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Stored flows that this program does not know.
@Suite(.scratchDirectory)
struct OperationTests {
    /// Leaves a removal that failed and could not be undone, and returns its flow.
    private func failedRemoval(_ scene: Scene) async throws -> FlowID {
        try await scene.create()
        scene.fail(.delete, .before, with: .broken)
        for _ in 1...2 { scene.fail(.inspect, .before, with: .broken) }
        await #expect(throws: VolumeError.self) { try await scene.service.delete("data") }
        return try #require(try await scene.service.flows(limit: 1).first).id
    }

    /// Changes the database as a newer program, or a damaged disk, might.
    private func change(_ statement: String) async throws {
        let store = try SQLStore(TestDatabase.open())
        try await store.transact { try $0.connection.executeScript(statement) }
    }

    @Test(arguments: ["name = 'retype-volume'", "version = 99", "name = ''"])
    func `a flow of an unknown kind is not retried, and nothing is touched`(change: String) async throws {
        let scene = try Scene()
        let flow = try await failedRemoval(scene)
        try await self.change("UPDATE flow SET \(change) WHERE id = '\(flow)'")
        let error = await #expect(throws: VolumeError.self) { try await scene.service.retry(flow) }
        #expect(error?.code == .conflict && error?.flow == flow)
        #expect(try await scene.backend.list().count == 1)
        #expect(try await scene.service.volumes().count == 1)
    }

    @Test func `recovery reports a flow of an unknown kind and goes on with the rest`() async throws {
        let scene = try Scene()
        let flow = try await failedRemoval(scene)
        try await change(
            "UPDATE flow SET name = 'retype-volume', state = 'RUNNING', owner_lock = 1 << 50 WHERE id = '\(flow)'"
        )
        let recoveries = try await scene.service.recover()
        #expect(recoveries.map(\.flow.id) == [flow])
        #expect(recoveries.first?.state == nil && recoveries.first?.problem?.contains("'retype-volume'") == true)
        try await scene.create("other")
    }
}
