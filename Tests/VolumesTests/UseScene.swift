import DriverKit
import LoopbackDriver
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// A service with one volume `data`, on a pool whose devices are files and whose driver lies when it is told to.
struct UseScene {
    let service: VolumeService
    let devices = PretendDevices(in: ScratchDirectory.path + "/devices")
    let servers = PretendDevices(in: ScratchDirectory.path + "/servers")
    let faults = LyingScene.Faults()

    /// - Parameters:
    ///   - offersDevices: whether the driver can attach volumes.
    ///   - losesDevices: whether it says that it has attached a volume, and has not.
    ///   - copiesAtOnce: whether copies of volumes in use hold the content of one moment.
    ///   - isMultiattach: whether several holders may use the volume at once.
    init(
        offersDevices: Bool = true,
        losesDevices: Bool = false,
        copiesAtOnce: Bool = false,
        isMultiattach: Bool = false
    ) async throws {
        let (devices, servers, faults) = (devices, servers, faults)
        let backend = LoopbackDriver(directory: ScratchDirectory.path + "/pool")
        let hooked = HookedDriver(
            backend,
            devices: offersDevices ? devices : nil,
            servers: servers,
            copyingAtOnce: copiesAtOnce
        ) { call, moment throws(DriverError) in
            if losesDevices, call == .attach, moment == .after { devices.removeAll() }
        }
        service = try VolumeService(
            database: TestDatabase.open(),
            pools: [Pool(name: "default", driver: FaultDriver(hooked) { faults.next($0) })]
        )
        let name = try VolumeName(validating: "data")
        let size = try #require(ByteCount(bytes: 1 << 20))
        var request = VolumeRequest(name: name, size: .exactly(size))
        request.attributes.isMultiattach = isMultiattach
        _ = try await service.create(request)
    }

    var volume: Volume { get async throws { try await service.find("data") } }

    var status: VolumeStatus { get async throws { try await volume.status } }

    /// The device that the volume really has.
    var device: LocalAttachment? { get async throws { devices.device(of: try await volume.id) } }

    /// How many flows there have been.
    var flowCount: Int { get async throws { try await service.flows(limit: 100).count } }

    /// Expects that the volume is free: no record of a use, no device, and nothing to be cared for.
    func expectFree(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let volume = try await volume
        #expect(volume.status == .available && volume.lastError == nil, sourceLocation: sourceLocation)
        #expect(try await service.attachment(of: volume) == nil, sourceLocation: sourceLocation)
        #expect(devices.device(of: volume.id) == nil, sourceLocation: sourceLocation)
        for flow in try await service.flows(limit: 100) {
            let isSettled = flow.state != .failure || flow.resolution != nil
            #expect(isSettled, sourceLocation: sourceLocation)
        }
    }
}
