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

/// A pool that never answers, beside a healthy one. Each of these tests ends only if nothing waits for the answer.
@Suite(.scratchDirectory)
struct HungPoolTests {
    /// Where a pool can hang.
    enum Place: CaseIterable {
        /// When its driver is created.
        case making
        /// When it is asked for its capacity.
        case capacity
    }

    private let well = LoopbackDriver(directory: ScratchDirectory.path + "/well")

    private func service(hangingAt place: Place) throws -> VolumeService {
        let hung = Pool(name: "hung", kind: "test", overSubscriptionRatio: 100) { () throws(DriverError) in
            if place == .making { await forEver() }
            return SilentDriver(base: LoopbackDriver(directory: ScratchDirectory.path + "/hung"))
        }
        return try VolumeService(
            database: TestDatabase.open(),
            pools: [hung, Pool(name: "well", driver: well)]
        )
    }

    private func request(_ name: String, pool: String? = nil) throws -> VolumeRequest {
        let size = try #require(ByteCount(bytes: 1 << 20))
        return VolumeRequest(name: try VolumeName(validating: name), size: .exactly(size), pool: pool)
    }

    @Test(arguments: Place.allCases)
    func `delays neither creates elsewhere nor queries`(_ place: Place) async throws {
        let service = try service(hangingAt: place)
        let named = try await service.create(request("named", pool: "well")).volume
        let placed = try await service.create(request("placed")).volume
        #expect([named, placed].map(\.pool) == ["well", "well"])
        let schedule = try await service.flow(placed.flow).journal.first { $0.atom == "schedule" }
        #expect(schedule?.output?.contains("does not answer") == true)
        #expect(try await service.volumes().count == 2)
        #expect(try await service.find("named") == named)
        #expect(await service.backendState(of: named) == .found(.complete(named.size)))
        #expect(try await service.quota().usage.inUse.volumes == 2)
        let statuses = try await service.poolStatuses()
        #expect(statuses[0].report.problem?.contains("pool \"hung\" does not answer") == true)
        #expect(statuses[1].report.problem == nil)
        #expect(try await service.poolHealth("hung").contains { $0.severity == .failure } == (place == .making))
        try await service.delete("named")
    }

    @Test func `makes creates fail that only it could take, and leaves nothing`() async throws {
        let service = try service(hangingAt: .making)
        let error = await #expect(throws: VolumeError.self) { try await service.create(request("data", pool: "hung")) }
        #expect(error?.code == .noValidPool)
        #expect(error?.verdicts.first?.why.contains("does not answer") == true)
        #expect(try await service.volumes().isEmpty)
    }

    @Test func `is not waited for longer than a repeated create may take`() async throws {
        let before = try VolumeService(
            database: TestDatabase.open(),
            pools: [Pool(name: "hung", driver: LoopbackDriver(directory: ScratchDirectory.path + "/hung"))]
        )
        let volume = try await before.create(request("there")).volume
        let (service, request) = (try service(hangingAt: .making), try request("there"))
        var limited = RequestControl()
        limited.deadline = .now + .milliseconds(100)
        let control = limited
        let error = await #expect(throws: VolumeError.self) { try await service.create(request, control: control) }
        // Without the deadline it is a driver's error.
        #expect(error?.code == .timedOut)
        #expect(error?.message == "cannot create volume \"there\"")
        #expect(try await before.volumes().readable == [volume])
    }

    @Test func `has its flows left for later, and the others are recovered`() async throws {
        let volumes = [
            try await service(hangingAt: .making).create(request("here", pool: "well")).volume,
            try await VolumeService(
                database: TestDatabase.open(),
                pools: [Pool(name: "hung", driver: LoopbackDriver(directory: ScratchDirectory.path + "/hung"))]
            )
            .create(request("there")).volume,
        ]
        let store = try SQLStore(TestDatabase.open())
        try await store.transact {
            try $0.connection.executeScript(
                """
                UPDATE flow SET state = 'RUNNING', owner_lock = 1 << 50;
                DELETE FROM flow_journal WHERE atom = 'finish' OR (atom = 'create-on-driver' AND state = 'SUCCESS');
                UPDATE volume SET status = 'creating';
                INSERT INTO reservation SELECT flow, project, 'volumes', 1 FROM volume
                    UNION ALL SELECT flow, project, 'gigabytes', size FROM volume;
                UPDATE quota SET reserved = in_use, in_use = 0;
                """
            )
        }
        await store.close()
        let service = try service(hangingAt: .making)
        let recoveries = try await service.recover()
        #expect(recoveries.count == 2)
        #expect(recoveries.first { $0.flow.id == volumes[0].flow }?.state == .success)
        let later = try #require(recoveries.first { $0.flow.id == volumes[1].flow })
        #expect(later.state == nil && later.problem?.contains("it is left for later") == true)
        #expect(try await service.find("here").status == .available)
        #expect(try await service.find("there").status == .creating)
    }
}

/// Never returns, whether or not the task is cancelled, like a call to a file system whose server is gone.
private func forEver() async { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }

/// A driver that answers every call except capacity.
private struct SilentDriver: ForwardingDriver {
    static let kind = "silent"
    let base: LoopbackDriver

    func capacity() async throws(DriverError) -> PoolCapacity {
        await forEver()
        return try await base.capacity()
    }

}
