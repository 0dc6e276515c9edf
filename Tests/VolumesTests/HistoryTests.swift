import TaskFlow
import TestKit
import Testing
import VolumeAPI
import Volumes

@Suite(.scratchDirectory, .timeLimit(.minutes(10)))
struct HistoryTests {
    @Test func `the last flow of each volume is kept, however many there are`() async throws {
        let scene = try Scene()
        let (first, second) = (try await scene.create("first"), try await scene.create("second"))
        try await scene.create("third")
        try await scene.service.delete("third")
        #expect(try await scene.service.flows(limit: 9).count == 4)
        #expect(try await scene.service.forgetFlows(olderThan: nil, beyond: 1) == 1)
        #expect(try await scene.service.flows(limit: 9).suffix(2).map(\.id) == [second.flow, first.flow])
        try await scene.service.delete("first")
        #expect(try await scene.service.forgetFlows(olderThan: nil, beyond: 1) == 2)
        #expect(try await scene.service.flows(limit: 9).last?.id == second.flow)
    }

    @Test func `a flow that could not be undone is kept until it is`() async throws {
        let scene = try Scene()
        scene.fail(.create, .after)
        scene.fail(.delete, .before)
        await #expect(throws: VolumeError.self) { try await scene.create("data") }
        let flow = try #require(try await scene.service.flows(limit: 1).first)
        #expect(flow.state == .failure)
        for name in ["a", "b"] { try await scene.create(name) }
        #expect(try await scene.service.forgetFlows(olderThan: nil, beyond: 1) == 0)
        try await scene.service.retry(flow.id)
        #expect(try await scene.service.forgetFlows(olderThan: nil, beyond: 1) == 1)
    }
}
