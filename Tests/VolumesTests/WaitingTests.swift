import LoopbackDriver
import Synchronization
import TestKit
import Testing
import Threads
import VolumeAPI
import VolumeDriver
import Volumes

@Suite(.scratchDirectory)
struct WaitingTests {
    @Test func `a create waits for the driver and the database on threads that may wait, and leaves them for neither`()
        async throws
    {
        let moments = Moments()
        let database = try TestDatabase.open { _ in moments.note("commit") }
        let driver = HookedDriver(LoopbackDriver(directory: ScratchDirectory.path + "/pool")) { call, _ in
            moments.note("\(call)")
        }
        let service = try VolumeService(database: database, pools: [Pool(name: "default", driver: driver)])
        _ = try await service.create(VolumeRequest(size: .exactly(ByteCount(bytes: 1 << 20) ?? .zero)))
        #expect(Set(moments.all.map(\.what)).isSuperset(of: ["commit", "capacity", "create", "inspect"]))
        #expect(moments.all.filter { !$0.mayWait }.map(\.what) == [])
    }
}

/// What happened, and whether its thread may wait.
private final class Moments: Sendable {
    private let noted = Mutex<[(what: String, mayWait: Bool)]>([])

    var all: [(what: String, mayWait: Bool)] { noted.withLock(\.self) }

    func note(_ what: String) {
        let mayWait = BlockingExecutor.shared.runHere {} != nil
        noted.withLock { $0.append((what, mayWait)) }
    }
}
