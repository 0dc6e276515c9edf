import Identity
import VolumeAPI
import VolumeDriver
import Volumes

/// A process that makes one request.
final class SimulatedProcess {
    /// What becomes of a request.
    enum Event: Sendable {
        /// Its process has stopped in the midst of it.
        case stopped
        /// It has ended, with this error.
        case ended((any Error)?)
    }

    let service: VolumeService
    private let life: ProcessLife
    private var events: AsyncStream<Event>.Iterator
    private let sink: AsyncStream<Event>.Continuation

    init(
        _ life: ProcessLife,
        _ service: VolumeService,
        _ events: AsyncStream<Event>,
        _ sink: AsyncStream<Event>.Continuation
    ) {
        (self.life, self.service, self.sink) = (life, service, sink)
        self.events = events.makeAsyncIterator()
    }

    var isDead: Bool { life.isDead }

    /// Begins the request, and returns when it has ended or the process has stopped.
    func begin(_ call: VolumeCall) async -> Event {
        let service = service.scoped(to: Scope(project: call.project))
        return await begin { try await Self.carryOut(call, by: service) }
    }

    /// Recovers what others have left.
    func recover() async -> Event {
        let service = service
        return await begin { _ = try await service.recover() }
    }

    /// Whether it has stopped for so long that its lease has run out.
    private(set) var isLate = false

    /// Lets the lease of a stopped process run out.
    func loseLease() {
        isLate = true
        life.loseLease()
    }

    /// Renews the lease, unless others have taken over.
    func renewLease() { life.renewLease() }

    /// Whether others have taken over what it held.
    var isReplaced: Bool { life.isReplaced }

    /// Ends a process whose request has ended: others may go on with what it has left.
    func end() { life.kill() }

    /// Lets a stopped process go on to the end of its request.
    func goOn() async -> Event {
        life.goOn()
        return await next()
    }

    /// Kills a stopped process.
    func kill() async {
        life.kill()
        _ = await next()
    }

    private func begin(_ body: @escaping @Sendable () async throws -> Void) async -> Event {
        Task { [sink] in
            do {
                try await body()
                sink.yield(.ended(nil))
            } catch {
                sink.yield(.ended(error))
            }
        }
        return await next()
    }

    private func next() async -> Event { await events.next(isolation: #isolation) ?? .ended(nil) }

    private static func carryOut(_ call: VolumeCall, by service: VolumeService) async throws {
        let name = try VolumeName(validating: call.volume)
        let mebibyte = ByteCount(bytes: 1 << 20) ?? .zero
        switch call.verb {
        case .create: _ = try await service.create(VolumeRequest(name: name, size: .exactly(mebibyte)))
        case .clone(let source, let mebibytes):
            let size = ByteCount(bytes: mebibytes << 20) ?? .zero
            _ = try await service.create(VolumeRequest(name: name, size: .exactly(size), source: .volume(source)))
        case .resize: _ = try await service.resize(call.volume, to: .growing(mebibyte))
        case .attach: _ = try await service.attach(call.volume)
        case .detach: try await service.detach(call.volume)
        case .export: _ = try await service.export(call.volume)
        case .unexport: try await service.unexport(call.volume)
        case .snapshot(let word):
            let name = try VolumeName(validating: word, as: "snapshot")
            _ = try await service.createSnapshot(SnapshotRequest(of: call.volume, name: name))
        case .removeSnapshot(let name): try await service.deleteSnapshot("\(call.volume)@\(name)")
        case .revert(let snapshot): try await service.revert(call.volume, to: snapshot)
        case .retype(let type): try await service.retype(call.volume, to: type, migrating: true)
        case .adopt(let object): _ = try await service.adopt(object.name, in: object.pool, as: name)
        case .forget: try await service.forget(call.volume)
        case .migrate(let pool): try await service.migrate(call.volume, to: pool)
        case .transfer(let project): try await service.transfer(call.volume, to: project)
        case .delete: try await service.delete(call.volume)
        }
    }
}
