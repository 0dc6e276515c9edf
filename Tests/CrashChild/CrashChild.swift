import ArgumentParser
import Foundation
import Identity
import LoopbackDriver
import SQLStore
import TestKit
import VolumeAPI
import VolumeDriver
import Volumes

/// A process that does one thing to a service and is killed at the moment it is told to, as by a power cut.
///
/// The moments, counted from one: before and after each commit, before and after each call of the driver.
@main
struct CrashChild: AsyncParsableCommand {
    enum Action: String, ExpressibleByArgument {
        case create
        case extend
        case delete
        /// Makes a snapshot of the volume.
        case snapshot
        case deleteSnapshot = "delete-snapshot"
        /// Makes a group of the volume and a second one, and snapshots of both.
        case group
        case groupSnapshot = "group-snapshot"
        /// Takes the volume back to the snapshot.
        case revert
        /// Makes a volume of the snapshot, or of the volume.
        case restore, clone
        case attach, detach
        /// Makes a volume that several holders may use, and lets two of them begin and end that.
        case createShared = "create-shared"
        case attachA = "attach-a"
        case attachB = "attach-b"
        case detachA = "detach-a"
        case detachAll = "detach-all"
        case export, unexport
        /// Mounts the volume at a directory beside the pool, and unmounts it: on real devices.
        case mount, unmount
        /// Makes a volume of an image file.
        case importImage = "import"
        /// Saves the volume, or its snapshot, as an image file.
        case save
        case saveSnapshot = "save-snapshot"
        /// Puts a file into the pool that no volume is.
        case plant
        /// Takes the file over as a volume.
        case adopt
        /// Removes the volume's record, and leaves its data.
        case forget
        /// Moves the volume to the second pool.
        case migrate
        case recover
        /// Makes many volumes, one after the other.
        case fill
    }

    @Argument(help: "The directory of the database and the pool.") var directory: String
    @Argument var action: Action
    @Option(help: "The moment at which to die; 0 for never.") var at = 0
    @Option(help: "The driver's call that fails.") var failing: String?
    @Option(help: "Whether it fails before or after its effect.") var moment = "before"
    @Flag(help: "Whether volumes are attached for real.") var realDevices = false
    @Option(help: "How many volumes to make.") var count = 1
    @Option(help: "How many volumes the project may have.") var limit: Int?

    func run() async throws {
        let clock = DoomsdayClock(at: at)
        if action == .save || action == .saveSnapshot {
            try FileManager.default.createDirectory(atPath: directory + "/saved", withIntermediateDirectories: true)
        }
        if action == .importImage {
            let content = Data(repeating: 7, count: 5000) + Data(count: 1 << 20 - 5000)
            try content.write(to: URL(filePath: directory + "/image.raw"))
        }
        let (failing, failingMoment) = (failing, moment)
        let hook: HookedDriver.Hook = { call, moment throws(DriverError) in
            clock.tick()
            guard call.rawValue == failing, moment.rawValue == failingMoment else { return }
            throw DriverError(.retryableElsewhere, "told to fail")
        }
        let backend = LoopbackDriver(directory: directory + "/pool")
        let driver = HookedDriver(
            backend,
            devices: realDevices ? nil : PretendDevices(in: directory + "/devices"),
            servers: PretendDevices(in: directory + "/servers"),
            usesRealDevices: realDevices,
            hook: hook
        )
        let second = HookedDriver(LoopbackDriver(directory: directory + "/second"), hook: hook)
        let service = try VolumeService(
            database: TestDatabase.open(directory + "/volumes.db", observer: { _ in clock.tick() }),
            pools: [Pool(name: "default", driver: driver), Pool(name: "second", driver: second)],
            limits: QuotaLimits(volumes: limit)
        )
        do {
            switch action {
            case .create:
                let name = try VolumeName(validating: "data")
                _ = try await service.create(VolumeRequest(name: name, size: .exactly(.oneMebibyte), pool: "default"))
            case .extend: _ = try await service.resize("data", to: .growing(.oneMebibyte))
            case .delete: try await service.delete("data")
            case .snapshot:
                _ = try await service.createSnapshot(
                    SnapshotRequest(of: "data", name: VolumeName(validating: "kept", as: "snapshot"))
                )
            case .group:
                let name = try VolumeName(validating: "pair")
                try await service.createGroup(GroupRequest(name: name))
                try await service.addToGroup("pair", ["data"])
                var request = VolumeRequest(size: .exactly(.oneMebibyte), pool: "default")
                request.group = "pair"
                _ = try await service.create(request)
            case .groupSnapshot:
                try await service.createGroupSnapshot("pair", named: VolumeName(validating: "kept", as: "snapshot"))
            case .deleteSnapshot: try await service.deleteSnapshot("data@kept")
            case .revert: try await service.revert("data", to: "kept")
            case .restore: _ = try await service.create(VolumeRequest(source: .snapshot("data@kept")))
            case .clone: _ = try await service.create(VolumeRequest(source: .volume("data")))
            case .importImage:
                let image = VolumeImage(path: directory + "/image.raw", format: .raw)
                _ = try await service.create(VolumeRequest(source: .image(image), pool: "default"))
            case .save, .saveSnapshot:
                let image = VolumeImage(path: directory + "/saved/image.raw", format: .raw)
                _ = try await service.saveImage(of: action == .save ? "data" : "data@kept", to: image)
            case .attach: _ = try await service.attach("data")
            case .detach: try await service.detach("data")
            case .createShared:
                var request = VolumeRequest(
                    name: try VolumeName(validating: "data"),
                    size: .exactly(.oneMebibyte),
                    pool: "default"
                )
                request.attributes.isMultiattach = true
                _ = try await service.create(request)
            case .attachA: _ = try await service.attach("data", holder: VolumeName(validating: "a"))
            case .attachB: _ = try await service.attach("data", holder: VolumeName(validating: "b"))
            case .detachA: try await service.detach("data", from: .holder(VolumeName(validating: "a")))
            case .detachAll: try await service.detach("data", from: .all)
            case .export: _ = try await service.export("data")
            case .unexport: try await service.unexport("data")
            case .mount: _ = try await service.mount("data", at: directory + "/place")
            case .unmount: try await service.unmount("data")
            case .plant:
                let id = VolumeID.random()
                try await backend.create(id, size: .oneMebibyte, operation: .random())
                try await backend.unmanage(id, as: "foreign", operation: .random())
            case .adopt: _ = try await service.adopt("foreign", in: "default", as: VolumeName(validating: "data"))
            case .forget: try await service.forget("data")
            case .migrate: try await service.migrate("data", to: "second")
            case .recover: _ = try await service.recover()
            case .fill: try await fill(service)
            }
        } catch let error as VolumeError {
            print(error.code)
        }
    }

    private func fill(_ service: VolumeService) async throws {
        for _ in 0..<count {
            do {
                _ = try await service.create(VolumeRequest(size: .exactly(.oneMebibyte), pool: "default"))
                print("made")
            } catch {
                print(error.code, error)
            }
        }
    }
}

extension ByteCount {
    fileprivate static var oneMebibyte: Self { ByteCount(bytes: 1 << 20) ?? .zero }
}
