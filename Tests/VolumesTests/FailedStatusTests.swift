import Foundation
import Identity
import LoopbackDriver
import Synchronization
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// A volume or snapshot in a failed status, and what a refused request advises then.
@Suite(.scratchDirectory)
struct FailedStatusTests {
    enum Failure: CaseIterable, Sendable {
        case creation, removal, extending, migration

        var status: VolumeStatus {
            switch self {
            case .creation: .error
            case .removal: .errorDeleting
            case .extending: .errorExtending
            case .migration: .errorMigrating
            }
        }
    }

    enum Verb: CaseIterable, Sendable {
        case delete, forget, resize, migrate, retype, transfer, snapshot, clone, save
    }

    private typealias Fault = (pool: String, call: HookedDriver.Call, moment: HookedDriver.Moment)

    private final class Faults: Sendable {
        let orders = Mutex<[Fault]>([])
    }

    private let service: VolumeService
    private let faults = Faults()
    private let size = ByteCount(bytes: 1 << 20) ?? .zero

    init() throws {
        let faults = faults
        service = try VolumeService(
            database: TestDatabase.open(),
            pools: ["slow", "fast"]
                .map { pool in
                    let driver = LoopbackDriver(directory: ScratchDirectory.path + "/" + pool)
                    return Pool(
                        name: pool,
                        driver: HookedDriver(driver) { call, moment throws(DriverError) in
                            let isDue = faults.orders.withLock { orders in
                                let place = orders.firstIndex { $0 == (pool, call, moment) }
                                if let place { orders.remove(at: place) }
                                return place != nil
                            }
                            if isDue { throw DriverError(.broken, "told to fail", leftBehind: "an object") }
                        }
                    )
                }
        )
    }

    private func fail(_ call: HookedDriver.Call, _ moment: HookedDriver.Moment) {
        faults.orders.withLock { $0.append(("slow", call, moment)) }
    }

    private func create() async throws {
        let name = try VolumeName(validating: "data")
        _ = try await service.create(VolumeRequest(name: name, size: .exactly(size), pool: "slow"))
    }

    /// Creates volume `data`, and lets a request fail that can't be undone.
    private func leave(_ failure: Failure) async throws {
        if failure != .creation { try await create() }
        let error = await #expect(throws: VolumeError.self) {
            switch failure {
            case .creation:
                fail(.create, .after)
                fail(.delete, .before)
                try await create()
            case .removal:
                fail(.delete, .before)
                for _ in 1...2 { fail(.inspect, .before) }
                try await service.delete("data")
            case .extending:
                fail(.extend, .after)
                fail(.inspect, .before)
                try await service.resize("data", to: .growing(size))
            case .migration:
                fail(.delete, .before)
                for _ in 1...2 { fail(.inspect, .before) }
                try await service.migrate("data", to: "fast")
            }
        }
        #expect(error?.code == .revertIncomplete)
        #expect(try await service.find("data").status == failure.status)
    }

    private func request(_ verb: Verb) async throws {
        switch verb {
        case .delete: try await service.delete("data")
        case .forget: try await service.forget("data")
        case .resize: try await service.resize("data", to: .growing(size))
        case .migrate: try await service.migrate("data", to: "fast")
        case .retype: try await service.retype("data", to: "other")
        case .transfer: try await service.transfer("data", to: "elsewhere")
        case .snapshot: _ = try await service.createSnapshot(SnapshotRequest(of: "data", name: nil))
        case .clone:
            var request = VolumeRequest(name: nil, size: nil)
            request.source = .volume("data")
            _ = try await service.create(request)
        case .save:
            let image = VolumeImage(path: ScratchDirectory.path + "/image", format: .raw)
            _ = try await service.saveImage(of: "data", to: image)
        }
    }

    /// Does what a remedy advises; fails the test if that does not work.
    private func follow(_ remedy: Remedy) async throws {
        switch remedy {
        case .showVolume(let volume): _ = try await service.find(volume)
        case .showSnapshot(let snapshot): _ = try await service.findSnapshot(snapshot)
        case .showFlow(let flow): _ = try await service.flow("\(flow)")
        case .waitForFlow(let flow), .cancelFlow(let flow):
            #expect(try await !service.flow("\(flow)").detail.state.isFinished, "\(remedy)")
        case .retryFlow(let flow): try await service.retry(flow)
        case .removeVolume(let volume): try await service.delete(volume)
        case .removeSnapshot(let snapshot): try await service.deleteSnapshot(snapshot)
        case .resizeVolume(let volume, let size): try await service.resize(volume, to: .exactly(size))
        default: Issue.record("nobody expects \(remedy)")
        }
    }

    @Test(arguments: Failure.allCases, Verb.allCases)
    func `every remedy that is advised for a volume in a failed status works`(_ failure: Failure, _ verb: Verb)
        async throws
    {
        for isAbandoned in [false, true] {
            try await leave(failure)
            if verb == .retype, !isAbandoned { _ = try await service.createType("other", VolumeTypeChange()) }
            let left = try await service.find("data")
            if isAbandoned { _ = try await service.abandon(left.flow, forgettingBackend: false) }
            // A migration that is given up leaves a usable volume.
            guard try await service.find("data").status == failure.status else { return }
            do {
                try await request(verb)
            } catch let error as VolumeError {
                #expect(error.code == .conflict, "\(error)")
                #expect(!error.message.contains("\(left.id)"), "\(error)")
                #expect(error.message.contains("\"data\""), "\(error)")
                #expect(failure == .creation || error.remedies.count > 1, "\(error.remedies)")
                // A look comes first, as a removal leaves nothing to look at.
                for remedy in error.remedies.reversed() { try await follow(remedy) }
                let now = try? await service.find("data")
                #expect(failure == .creation || now?.status != failure.status)
            }
            for volume in try await service.volumes().readable { try await service.delete("\(volume.id)") }
            try? FileManager.default.removeItem(atPath: ScratchDirectory.path + "/image")
        }
    }

    @Test func `a snapshot whose creation failed is refused with a remedy that works`() async throws {
        let scene = try Scene()
        try await scene.create()
        scene.fail(.createSnapshot, .after, with: .broken)
        scene.fail(.deleteSnapshot, .before, with: .broken, leftBehind: "a file")
        await #expect(throws: VolumeError.self) { try await scene.snapshot("s") }
        #expect(try await scene.service.findSnapshot("data@s").status == .error)
        let error = await #expect(throws: VolumeError.self) { try await scene.service.revert("data", to: "data@s") }
        #expect(error?.remedies == [.removeSnapshot("data@s"), .showSnapshot("data@s")])
        try await scene.service.deleteSnapshot("data@s")
        #expect(try await scene.service.find("data").status == .available)
    }
}
