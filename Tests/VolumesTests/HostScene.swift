import Identity
import LoopbackDriver
import SQL
import Synchronization
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Hosts with a pool of their own each, called `default`, on one database. Drivers fail on demand.
final class HostScene: Sendable {
    /// A host with its service.
    struct Host: Sendable {
        let name: String
        let service: VolumeService
        let backend: LoopbackDriver
    }

    let hosts: [Host]
    private let faults = HostFaults()

    /// - Parameters:
    ///   - names: the hosts' names.
    ///   - shared: the name of a pool that all hosts reach.
    ///   - directory: the directory of a host's own pool.
    ///   - database: returns what a host has in front of the database.
    init(
        _ names: String...,
        shared: String? = nil,
        reportLimit: Duration = .seconds(600),
        directory: (String) -> String = { ScratchDirectory.path + "/pool-\($0)" },
        database: (String, any SQLDatabase) -> any SQLDatabase = { $1 }
    ) throws {
        let faults = faults
        hosts = try names.map { name in
            let backend = LoopbackDriver(directory: directory(name))
            let driver = HookedDriver(backend) { call, moment throws(DriverError) in
                if moment == .after, call == .create { faults.created(on: name) }
                if moment == .before, let error = faults.take(call, on: name) { throw error }
            }
            var pools = [Pool(name: "default", driver: driver)]
            if let shared {
                // Each host has devices of its own.
                let common = HookedDriver(
                    LoopbackDriver(directory: ScratchDirectory.path + "/\(shared)"),
                    devices: PretendDevices(in: ScratchDirectory.path + "/devices-\(name)"),
                    servers: PretendDevices(in: ScratchDirectory.path + "/servers-\(name)")
                ) { _, _ in }
                pools.append(Pool(name: shared, kind: "shared", isShared: true) { () throws(DriverError) in common })
            }
            return Host(
                name: name,
                service: try VolumeService(
                    database: database(name, TestDatabase.open()),
                    pools: pools,
                    scope: Scope(user: "operator"),
                    host: HostOptions(name: name, reportLimit: reportLimit)
                ),
                backend: backend
            )
        }
    }

    subscript(name: String) -> VolumeService {
        get throws { try host(name).service }
    }

    func host(_ name: String) throws -> Host { try #require(hosts.first { $0.name == name }) }

    /// Lets every host report its pools.
    func report() async throws {
        for host in hosts { try await host.service.reportPools(by: "process 1") }
    }

    /// Runs `body` while workers of these hosts run, and stops them.
    func working(
        on names: String...,
        flowsPerPool: Int = 4,
        reportInterval: Duration = .seconds(600),
        _ body: () async throws -> Void
    ) async throws {
        var options = HostWorker.Options(reportInterval: reportInterval, flowsPerPool: flowsPerPool)
        options.pause = .milliseconds(10)
        // Every pool is known before the first request.
        try await report()
        let workers = try names.map { HostWorker(try self[$0], label: "process 2", options: options) }
        let runs = workers.map { worker in Task { try await worker.run() } }
        func end() async throws {
            for worker in workers { worker.stop() }
            for run in runs { #expect(try await run.value) }
        }
        do {
            try await body()
        } catch {
            try await end()
            throw error
        }
        try await end()
    }

    /// Expects this usage, in agreement with the volumes.
    func expectUsage(volumes: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let quota = try await hosts[0].service.quota()
        #expect(quota.usage.inUse.volumes == volumes, sourceLocation: sourceLocation)
        #expect(quota.usage.reserved == QuotaAmount(), sourceLocation: sourceLocation)
        #expect(quota.usage == quota.counted, sourceLocation: sourceLocation)
    }

    /// Does something in each create of the driver of a host's own pool, after the volume is there.
    func onCreate(on host: String, _ body: @escaping @Sendable () -> Void) { faults.onCreate(host, body) }

    /// Lets the next such call of the driver of a host's own pool fail before it does anything.
    func fail(_ call: HookedDriver.Call, on host: String, with code: DriverError.Code = .broken) {
        faults.add(call, DriverError(code, "told to fail", cause: "a test wants it"), on: host)
    }
}

/// The failures that a test demands of drivers.
private final class HostFaults: Sendable {
    private let orders = Mutex<[(host: String, call: HookedDriver.Call, error: DriverError)]>([])

    private let creations = Mutex<[String: @Sendable () -> Void]>([:])

    func onCreate(_ host: String, _ body: @escaping @Sendable () -> Void) {
        creations.withLock { $0[host] = body }
    }

    func created(on host: String) { creations.withLock { $0[host] }?() }

    func add(_ call: HookedDriver.Call, _ error: DriverError, on host: String) {
        orders.withLock { $0.append((host, call, error)) }
    }

    func take(_ call: HookedDriver.Call, on host: String) -> DriverError? {
        orders.withLock { orders in
            orders.firstIndex { $0.host == host && $0.call == call }.map { orders.remove(at: $0).error }
        }
    }
}

/// The request for a volume of 1 MiB.
func request(_ name: String, in pool: String? = nil) throws -> VolumeRequest {
    let size = try #require(ByteCount(bytes: 1 << 20))
    return VolumeRequest(name: try VolumeName(validating: name), size: .exactly(size), pool: pool)
}
