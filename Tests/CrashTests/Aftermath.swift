import Foundation
import LoopbackDriver
import SQLStore
import SQLite
import TaskFlow
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// The world after a crash, as the next process finds it and leaves it.
struct Aftermath {
    let directory: String
    private let driver: LoopbackDriver
    private let service: VolumeService

    init(in directory: String) throws {
        self.directory = directory
        driver = LoopbackDriver(directory: directory + "/pool")
        service = try VolumeService(
            database: SQLiteDatabase(path: directory + "/volumes.db"),
            pools: [Pool(name: "default", driver: driver)]
        )
    }

    /// What may be found after a recovery, and nothing else.
    enum State: Equatable {
        /// The volume is available, with all that belongs to it.
        case available
        /// So is it, and twice as large as it was.
        case extended
        /// There is no trace of it.
        case absent
    }

    /// Recovers, and checks all that has to hold then; once more, to see that it changes nothing.
    func recover(_ context: Comment) async throws -> State {
        _ = try await service.recover()
        let state = try await state(context)
        let before = try await snapshot()
        #expect(try await service.recover() == [], context)
        #expect(try await snapshot() == before, context)
        return state
    }

    private func state(_ context: Comment) async throws -> State {
        let volumes = try await service.volumes()
        let backend = try await driver.list()
        let quota = try await service.quota()
        #expect(quota.usage == quota.counted, context)
        #expect(quota.usage.reserved == QuotaAmount(), context)
        let size = volumes.reduce(Int64(0)) { $0 + $1.size.bytes }
        #expect(
            quota.usage.inUse == QuotaAmount(volumes: volumes.count, size: try #require(ByteCount(bytes: size))),
            context
        )
        let capacity = try await service.provisionedCapacity()
        #expect(capacity.kept == capacity.counted, context)
        for flow in try await service.flows(limit: 100) {
            #expect(flow.state == .success || flow.state == .reverted, context)
        }
        guard let volume = volumes.first else {
            #expect(backend.isEmpty, context)
            return .absent
        }
        #expect(volumes.count == 1, context)
        #expect(volume.status == .available, context)
        #expect(backend == [BackendVolume(id: volume.id, presence: .complete(volume.size))], context)
        #expect([1 << 20, 2 << 20].contains(volume.size.bytes), context)
        return volume.size.bytes == 1 << 20 ? .available : .extended
    }

    private func snapshot() async throws -> [String] {
        try await service.volumes().map { "\($0)" } + ["\(try await service.quota())"]
            + service.flows(limit: 100).map { "\($0)" } + driver.list().map { "\($0)" }
    }
}
