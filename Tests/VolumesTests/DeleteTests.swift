import LoopbackDriver
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

@Suite(.scratchDirectory)
struct DeleteTests {
    @Test func `a volume that is removed leaves nothing, in two commits`() async throws {
        let scene = try Scene()
        try await scene.create()
        let before = scene.database.commitCount
        try await scene.service.delete("data")
        #expect(scene.database.commitCount - before == 2)
        try await scene.expectNothing()
    }

    @Test func `a busy volume stays as it is`() async throws {
        let scene = try Scene()
        let volume = try await scene.create()
        scene.fail(.delete, .before, with: .busy)
        let error = await #expect(throws: VolumeError.self) { try await scene.service.delete("data") }
        #expect(error?.code == .conflict)
        #expect(try await scene.service.find("data").status == .available)
        #expect(try await scene.backend.inspect(volume.id) == .complete(volume.size))
        try await scene.expectUsage(volumes: 1, mebibytes: 1)
    }

    @Test func `a removal that failed after its effect has succeeded`() async throws {
        let scene = try Scene()
        try await scene.create()
        scene.fail(.delete, .after)
        try await scene.service.delete("data")
        try await scene.expectNothing()
    }

    @Test func `a removal with an unknown outcome can be repeated`() async throws {
        let scene = try Scene()
        try await scene.create()
        scene.fail(.delete, .before, with: .broken)
        scene.fail(.inspect, .before, with: .broken)
        scene.fail(.inspect, .before, with: .broken)
        let error = await #expect(throws: VolumeError.self) { try await scene.service.delete("data") }
        #expect(error?.code == .revertIncomplete)
        #expect(try await scene.service.find("data").status == .errorDeleting)
        try await scene.expectUsage(volumes: 1, mebibytes: 1)
        try await scene.service.delete("data")
        try await scene.expectNothing()
    }

    @Test func `10 concurrent removals of one volume remove it without damage`() async throws {
        let scene = try Scene()
        try await scene.create()
        let codes = await withTaskGroup { group in
            for _ in 0..<10 {
                group.addTask { () async -> VolumeError.Code? in
                    do throws(VolumeError) {
                        try await scene.service.delete("data")
                        return nil
                    } catch {
                        return error.code
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        // Those that came while it was being removed have waited for that.
        #expect(codes.contains { $0 == nil })
        #expect(codes.allSatisfy { $0 == nil || $0 == .notFound })
        try await scene.expectNothing()
    }

    @Test func `a volume that does not exist can't be removed`() async throws {
        let scene = try Scene()
        let error = await #expect(throws: VolumeError.self) { try await scene.service.delete("data") }
        #expect(error?.code == .notFound)
    }

    @Test func `a removal that is retried never takes a newer volume of the same name`() async throws {
        let scene = try Scene()
        try await scene.create()
        scene.fail(.delete, .before, with: .broken)
        scene.fail(.inspect, .before, with: .broken)
        scene.fail(.inspect, .before, with: .broken)
        await #expect(throws: VolumeError.self) { try await scene.service.delete("data") }
        let failed = try #require(try await scene.service.flows(limit: 1).first)
        try await scene.service.delete("data")

        let newer = try await scene.create()
        let error = await #expect(throws: VolumeError.self) { try await scene.service.retry(failed.id) }
        #expect(error?.code == .conflict)
        #expect(try await scene.service.find("data") == newer)
        #expect(try await scene.backend.inspect(newer.id) == .complete(newer.size))
    }
}
