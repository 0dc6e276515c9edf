import Foundation
import LoopbackDriver
import SQLStore
import SQLite
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// The world after a crash, as the next process finds it and leaves it.
struct Aftermath {
    let directory: String
    private let driver: HookedDriver
    private let devices: PretendDevices
    private let servers: PretendDevices
    private let service: VolumeService

    init(in directory: String) throws {
        self.directory = directory
        devices = PretendDevices(in: directory + "/devices")
        servers = PretendDevices(in: directory + "/servers")
        driver = HookedDriver(
            LoopbackDriver(directory: directory + "/pool"),
            devices: devices,
            servers: servers
        ) { _, _ in }
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
        /// The volume is available, and so is a snapshot of it.
        case snapshotted
        /// So are both, and a copy of one of them.
        case copied
        /// As available, and it has the device that its record says.
        case inUse
        /// As available, and it has the server that its record says.
        case exported
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
        let snapshots = try await service.snapshotPages().joined()
        let backend = try await driver.list()
        let quota = try await service.quota()
        #expect(quota.usage == quota.counted, context)
        #expect(quota.usage.reserved == QuotaAmount(), context)
        #expect(quota.usage.inUse.volumes == volumes.count, context)
        #expect(quota.usage.inUse.snapshots == snapshots.count, context)
        #expect(
            try await driver.listSnapshots()
                == snapshots.map { BackendSnapshot(id: $0.id, of: $0.volume, presence: .complete($0.size)) },
            context
        )
        #expect(snapshots.allSatisfy { $0.status == .available }, context)
        let capacity = try await service.provisionedCapacity()
        #expect(capacity.kept == capacity.counted, context)
        for flow in try await service.flows(limit: 100) {
            #expect(flow.state == .success || flow.state == .reverted, context)
        }
        #expect(Set(backend) == Set(volumes.map { BackendVolume(id: $0.id, presence: .complete($0.size)) }), context)
        #expect(volumes.allSatisfy { [1 << 20, 2 << 20].contains($0.size.bytes) }, context)
        var uses: [VolumeAPI.Attachment.Kind] = []
        for volume in volumes {
            #expect([.available, .inUse].contains(volume.status), context)
            let attachment = try await service.attachment(of: volume)
            let device = devices.device(of: volume.id).map(VolumeAccess.local)
            let server = servers.device(of: volume.id).map { VolumeExport(type: .nbd, uri: $0.uri) }
            #expect(attachment?.access == device ?? server.map(VolumeAccess.export), context)
            #expect((attachment != nil) == (volume.status == .inUse), context)
            if let attachment { uses.append(attachment.kind) }
        }
        #expect(volumes.count <= 2, context)
        #expect(devices.count == uses.count { $0 == .attached }, context)
        #expect(servers.count == uses.count { $0 == .exported }, context)
        switch (volumes.count, snapshots.count) {
        case (0, _): return .absent
        case (1, 0) where uses == [.attached]: return .inUse
        case (1, 0) where uses == [.exported]: return .exported
        case (1, 0): return volumes.first?.size.bytes == 1 << 20 ? .available : .extended
        case (1, _): return .snapshotted
        default: return .copied
        }
    }

    private func snapshot() async throws -> [String] {
        try await service.volumes().map { "\($0)" } + ["\(try await service.quota())"]
            + service.snapshotPages().joined().map { "\($0)" } + service.flows(limit: 100).map { "\($0)" }
            + driver.list().map { "\($0)" }.sorted()
    }
}
