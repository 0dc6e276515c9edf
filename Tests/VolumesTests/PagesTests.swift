import Identity
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import Volumes

@Suite(.scratchDirectory, .timeLimit(.minutes(10)))
struct PagesTests {
    @Test(arguments: [1, 2, 3, 5, 6, 1000])
    func `every volume is in one page, oldest first, and every flow, newest first`(size: Int) async throws {
        let scene = try Scene()
        var volumes: [Volume] = []
        for name in ["e", "d", "c", "b", "a"] { volumes.append(try await scene.create(name)) }
        var listed: [Volume] = []
        for try await page in scene.service.volumePages(of: size) {
            #expect((1...size).contains(page.count))
            listed += page.readable
        }
        #expect(listed == volumes)
        var flows: [FlowID] = []
        for try await page in scene.service.flowPages(limit: .max, of: size) { flows += page.map(\.id) }
        #expect(flows == volumes.reversed().map(\.flow))
    }

    @Test func `a volume that is added or removed between two pages neither hides another nor repeats it`() async throws
    {
        let scene = try Scene()
        for name in ["a", "b", "c", "d"] { try await scene.create(name) }
        var names: [String] = []
        for try await page in scene.service.volumePages(of: 2) {
            names += page.compactMap { $0.name?.description }
            guard names.count == 2 else { continue }
            for name in ["a", "c"] { try await scene.service.delete(name) }
            try await scene.create("e")
        }
        #expect(names == ["a", "b", "d", "e"])
    }

    @Test func `a list begins after its marker, and ends at its limit`() async throws {
        let scene = try Scene()
        var volumes: [Volume] = []
        for name in ["a", "b", "c", "d"] { volumes.append(try await scene.create(name)) }
        var pages = scene.service.volumePages(after: volumes[0].id, of: 1).limited(to: 2).makeAsyncIterator()
        var listed: [Volume] = []
        while let page = try await pages.next() { listed += page.readable }
        #expect(listed == Array(volumes[1...2]))
        #expect(try await pages.hasMore())
        var rest = scene.service.volumePages(after: volumes[3].id).makeAsyncIterator()
        #expect(try await rest.next() == nil)
    }

    @Test func `a list of snapshots begins after its marker`() async throws {
        let scene = try Scene()
        try await scene.create("data")
        var snapshots: [Snapshot] = []
        for name in ["a", "b", "c"] { snapshots.append(try await scene.snapshot(name)) }
        for volume in [snapshots[0].volume, nil] {
            let pages = scene.service.snapshotPages(of: volume, after: snapshots[0].id)
            #expect(try await pages.joined().readable == Array(snapshots[1...]))
        }
    }

    @Test func `a list of flows begins after its marker, which is one of the project`() async throws {
        let scene = try Scene()
        var flows: [FlowID] = []
        for name in ["a", "b", "c", "d"] { flows.append(try await scene.create(name).flow) }
        let pages = scene.service.flowPages(after: flows[3], limit: 2, of: 1)
        #expect(try await pages.joined().readable.map(\.id) == [flows[2], flows[1]])
        let theirs = scene.service.scoped(to: Scope(project: "theirs"))
        for (service, marker) in [(theirs, flows[3]), (scene.service, FlowID.random())] {
            let error = await #expect(throws: VolumeError.self) {
                _ = try await service.flowPages(after: marker, limit: 2).joined()
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test func `a list after a volume that is gone is refused`() async throws {
        let scene = try Scene()
        let volume = try await scene.create("a")
        try await scene.service.delete("a")
        let error = await #expect(throws: VolumeError.self) {
            _ = try await scene.service.volumePages(after: volume.id).joined()
        }
        #expect(error?.code == .notFound)
    }

    @Test(arguments: [(1, true), (3, true), (4, false), (5, false)])
    func `no more flows are listed than requested, and whether there are more is known`(
        limit: Int,
        hasMore: Bool
    ) async throws {
        let scene = try Scene()
        for name in ["a", "b", "c", "d"] { try await scene.create(name) }
        var (pages, count) = (scene.service.flowPages(limit: limit, of: 2).makeAsyncIterator(), 0)
        while let page = try await pages.next() { count += page.count }
        #expect(count == min(limit, 4))
        #expect(try await pages.hasMore() == hasMore)
    }

    @Test func `an empty list has no pages`() async throws {
        let scene = try Scene()
        var pages = scene.service.volumePages().makeAsyncIterator()
        #expect(try await pages.next() == nil)
        #expect(try await !pages.hasMore())
    }
}
