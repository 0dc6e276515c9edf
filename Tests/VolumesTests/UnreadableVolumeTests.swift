import Identity
import LoopbackDriver
import SQL
import SQLStore
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// A volume with an unreadable record is reported, is not touched, and does not hide the others.
@Suite(.scratchDirectory, .timeLimit(.minutes(10)))
struct UnreadableVolumeTests {
    static let changes = [
        "status = 'retyping'", "name = 'a b'", "id = 'x'", "flow = 'x'",
    ]

    func spoil(_ change: String, of name: String = "damaged") async throws {
        let store = try SQLStore(TestDatabase.open())
        try await store.transact {
            try $0.connection.executeScript("UPDATE volume SET \(change) WHERE name = '\(name)'")
        }
    }

    @Test(arguments: changes)
    func `the others are listed, found, created and removed`(change: String) async throws {
        let scene = try Scene()
        let (damaged, sound) = (try await scene.create("damaged"), try await scene.create("sound"))
        try await spoil(change)
        let volumes = try await scene.service.volumes()
        #expect(volumes.readable == [sound])
        #expect(volumes.unreadable.map(\.key) == [change == "id = 'x'" ? "x" : "\(damaged.id)"])
        #expect(try await scene.service.find("sound") == sound)
        try await scene.create("fresh")
        try await scene.service.delete("sound")
        #expect(try await scene.service.volumes().map(\.name?.description) == ["fresh"])
    }

    @Test func `it is neither removed nor replaced`() async throws {
        let scene = try Scene()
        let volume = try await scene.create("damaged")
        try await spoil("status = 'retyping'")
        for call in [
            { _ = try await scene.service.delete("damaged") }, { _ = try await scene.service.delete("\(volume.id)") },
            { _ = try await scene.service.find("\(volume.id)") }, { _ = try await scene.create("damaged") },
        ] {
            let error = await #expect(throws: VolumeError.self) { try await call() }
            #expect(error?.code == .storeUnavailable)
            #expect(error?.cause == "status holds 'retyping', which is not a valid VolumeStatus")
        }
        #expect(try await scene.backend.list().map(\.id) == [volume.id])
    }
}
