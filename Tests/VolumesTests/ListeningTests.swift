import Synchronization
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Listeners of the flows of a service.
@Suite(.scratchDirectory)
struct ListeningTests {
    private final class Ear: Listener {
        private let heard = Mutex<[String]>([])

        var all: [String] { heard.withLock { $0 } }

        func flowChanged(_ change: FlowChange) {
            heard.withLock { $0.append("\(change.name) \(change.state.rawValue)") }
        }

        func atomChanged(_ change: AtomChange) {
            heard.withLock { $0.append("\(change.atom) \(change.state.rawValue)") }
        }
    }

    @Test func `a listener is notified of every flow that the service runs, and of no other`() async throws {
        let (scene, ear) = (try Scene(), Ear())
        let service = scene.service.listening(with: ear)
        let name = try VolumeName(validating: "heard")
        _ = try await service.create(VolumeRequest(name: name, size: .exactly(try #require(ByteCount(gibibytes: 1)))))
        #expect(ear.all.first == "create-volume RUNNING" && ear.all.last == "create-volume SUCCESS")
        #expect(ear.all.contains("create-on-driver SUCCESS"))
        let count = ear.all.count
        try await scene.create("unheard")
        #expect(ear.all.count == count)
        scene.fail(.delete, .before, with: .broken)
        await #expect(throws: VolumeError.self) { try await service.delete("heard") }
        #expect(ear.all.last == "delete-volume REVERTED")
    }
}
