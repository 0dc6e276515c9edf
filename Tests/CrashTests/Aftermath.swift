import Foundation
import LoopbackDriver
import SQLStore
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// The database and the pool after a crash.
struct Aftermath {
    let directory: String
    private let driver: HookedDriver
    private let second: LoopbackDriver
    private let devices: PretendDevices
    private let servers: PretendDevices
    private let service: VolumeService
    /// Whether a volume's data may be left without a record.
    private let forgets: Bool
    /// Whether no data may be lost, whatever becomes of its record.
    private let keepsData: Bool

    init(in directory: String, of action: String = "") throws {
        self.directory = directory
        forgets = action == "forget"
        keepsData = ["adopt", "forget", "migrate"].contains(action)
        devices = PretendDevices(in: directory + "/devices")
        servers = PretendDevices(in: directory + "/servers")
        driver = HookedDriver(
            LoopbackDriver(directory: directory + "/pool"),
            devices: devices,
            servers: servers
        ) { _, _ in }
        second = LoopbackDriver(directory: directory + "/second")
        service = try VolumeService(
            database: TestDatabase.open(directory + "/volumes.db"),
            pools: [Pool(name: "default", driver: driver), Pool(name: "second", driver: second)]
        )
    }

    /// The states that a recovery may lead to.
    enum State: Equatable {
        /// The volume is available, with its data, its quota and its provisioned capacity.
        case available
        /// The volume is available, with twice its former size.
        case extended
        /// The volume and a snapshot of it are available.
        case snapshotted
        /// The volume, a snapshot of it and a copy of one of them are available.
        case copied
        /// The volume is in use, with the device in its record.
        case inUse
        /// So it is, by two holders.
        case shared
        /// There is a second volume in the same group, and each has a snapshot.
        case groupSnapshotted
        /// The volume is in use, with the server in its record.
        case exported
        /// As available, and an image file of it is complete.
        case saved
        /// There is no trace of it.
        case absent
        /// The volume is available in the second pool, and only there.
        case moved
        /// So there is, but its data is in the pool under the name that it had.
        case foreign
        /// So there is, but its data is in the pool under the volume's name.
        case forgotten
    }

    /// Recovers, checks the result, and checks that a second recovery changes nothing.
    func recover(_ context: Comment) async throws -> State {
        _ = try await service.recover()
        let state = try await state(context)
        #expect(!keepsData || state != .absent, context)
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
            Set(try await driver.listSnapshots())
                == Set(snapshots.map { BackendSnapshot(id: $0.id, of: $0.volume, presence: .complete($0.size)) }),
            context
        )
        #expect(snapshots.allSatisfy { $0.status == .available }, context)
        let capacity = try await service.provisionedCapacity()
        #expect(capacity.kept == capacity.counted, context)
        for flow in try await service.flows(limit: 100) {
            #expect(flow.state == .success || flow.state == .reverted, context)
            #expect(!FileManager.default.fileExists(atPath: "/var/tmp/volumectl-\(flow.id)"), context)
        }
        let held = Set(
            volumes.filter { $0.pool == "default" }.map { BackendVolume(id: $0.id, presence: .complete($0.size)) }
        )
        let moved = volumes.filter { $0.pool == "second" }
        #expect(
            try await second.list() == moved.map { BackendVolume(id: $0.id, presence: .complete($0.size)) },
            context
        )
        let isForgotten = volumes.isEmpty && forgets && !backend.isEmpty
        #expect(isForgotten || Set(backend) == held, context)
        let foreign = try await driver.manageableObjects()
        #expect(foreign.isEmpty || foreign.map(\.name) == ["foreign"] && volumes.isEmpty, context)
        #expect(volumes.allSatisfy { [1 << 20, 2 << 20].contains($0.size.bytes) }, context)
        var uses: [VolumeAPI.Attachment.Kind] = []
        var holders = 0
        for volume in volumes {
            #expect([.available, .inUse].contains(volume.status), context)
            if let image = volume.sourceImage {
                #expect(try await driver.compare(volume.id, with: image) == true, context)
            }
            let attachments = try await service.attachments(of: volume)
            let device = devices.device(of: volume.id).map(VolumeAccess.local)
            let server = servers.device(of: volume.id).map { VolumeExport(type: .nbd, uri: $0.uri) }
            let access = device ?? server.map(VolumeAccess.export)
            #expect(attachments.allSatisfy { $0.access == access } && attachments.isEmpty == (access == nil), context)
            #expect(attachments.isEmpty == (volume.status == .available), context)
            uses += attachments.first.map { [$0.kind] } ?? []
            holders += attachments.count
        }
        #expect(volumes.count <= 2, context)
        #expect(devices.count == uses.count { $0 == .attached }, context)
        #expect(servers.count == uses.count { $0 == .exported }, context)
        let isSaved = try await isSaved(volumes.readable, context)
        switch (volumes.count, snapshots.count) {
        case (0, _): return isForgotten ? .forgotten : foreign.isEmpty ? .absent : .foreign
        case (1, 0) where uses == [.attached]: return holders == 1 ? .inUse : .shared
        case (1, 0) where moved.count == 1: return .moved
        case (1, 0) where uses == [.exported]: return .exported
        case (1, 0) where isSaved: return .saved
        case (1, 0): return volumes.first?.size.bytes == 1 << 20 ? .available : .extended
        case (1, _): return .snapshotted
        case (2, 0): return .copied
        case (2, 2) where volumes.allSatisfy({ $0.group != nil }): return .groupSnapshotted
        default:
            #expect(volumes.allSatisfy { $0.group == nil }, context)
            return .copied
        }
    }

    /// Whether there is an image file, which has to be complete; nothing else may be beside it.
    private func isSaved(_ volumes: [Volume], _ context: Comment) async throws -> Bool {
        let folder = directory + "/saved"
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: folder), !files.isEmpty else {
            return false
        }
        #expect(files == ["image.raw"], context)
        let volume = try #require(volumes.first)
        let image = VolumeImage(path: folder + "/image.raw", format: .raw)
        #expect(try await driver.compare(volume.id, with: image) == true, context)
        return true
    }

    private func snapshot() async throws -> [String] {
        try await service.volumes().map { "\($0)" } + ["\(try await service.quota())"]
            + service.snapshotPages().joined().map { "\($0)" } + service.flows(limit: 100).map { "\($0)" }
            + driver.list().map { "\($0)" }.sorted() + second.list().map { "\($0)" }
    }
}
