import ArgumentParser
import Foundation
import Identity
import LoopbackDriver
import PostgreSQL
import SQL
import VolumeAPI
import VolumeDriver
import Volumes

/// Measures creates of several hosts on one PostgreSQL server.
///
/// Each host is a service with its own connections, its own pool and a project of its own, in this process; its network is as far
/// away as the address says.
struct HostBenchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hosts",
        abstract: "Measure creates of several hosts on a PostgreSQL server."
    )

    @Option(help: "The server: a connection URI of libpq, of an empty database.") var server: String
    @Option(help: "How the server is reached, for the table.") var network = "socket"
    @Option(parsing: .upToNextOption, help: "How many hosts create volumes at once, a row each.")
    var hosts = [1, 4, 8, 16]
    @Option(help: "How many seconds a row takes.") var seconds = 5.0
    @Option(help: "A file for a script of pgbench with the statements of one create, instead of measuring.")
    var script: String?
    @OptionGroup var scratch: ScratchOption

    func run() async throws {
        let scratch = try scratch.make()
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        if let script { return try await write(script, in: scratch) }
        print("| network | a statement | hosts | creates a second | median | 99 of 100 | commits a create |")
        print("| --- | --: | --: | --: | --: | --: | --: |")
        let trip = try await roundTrip()
        for count in hosts {
            let row = try await measure(hosts: count, in: "\(scratch)/\(count)")
            print("| \(network) | \(String(format: "%.2f ms", trip)) | \(count) | \(row) |")
        }
    }

    /// A volume in the host's own pool.
    private static var request: VolumeRequest {
        // As small as a volume can be, because the room of the pools must hold as many as a fast machine makes.
        VolumeRequest(size: .exactly(ByteCount(bytes: 1 << 20) ?? .zero), pool: "default")
    }

    private static func host(_ number: Int, of count: Int) -> String { "host-\(count)-\(number)" }

    private static func project(_ number: Int) -> String { "project-\(number)" }

    private static func service(
        _ number: Int,
        of count: Int,
        on database: PostgreSQLDatabase,
        in directory: String
    ) throws -> VolumeService {
        let place = "\(directory)/\(number)"
        return try VolumeService(
            database: database,
            pools: [Pool(name: "default", driver: HostDriver(base: LoopbackDriver(directory: place), place: place))],
            scope: Scope(project: project(number)),
            host: HostOptions(name: host(number, of: count))
        )
    }

    /// Writes the statements of one create as a script of pgbench.
    private func write(_ path: String, in directory: String) async throws {
        let script = PGBenchScript(ofEachClient: [Self.project(1), "default@\(Self.host(1, of: 1))"])
        let database = try PostgreSQLDatabase(
            ServerAddress(server),
            exchanges: ExchangeOptions { script.note($0) },
            observer: nil
        )
        let service = try Self.service(1, of: 1, on: database, in: directory)
        // The first ones mark the pool, and have their statements prepared.
        for _ in 1...3 {
            script.restart()
            _ = try await service.create(Self.request)
        }
        try script.text.write(toFile: path, atomically: true, encoding: .utf8)
        await database.close()
    }

    /// The milliseconds of the shortest statement: the median of 200.
    private func roundTrip() async throws -> Double {
        let database = try PostgreSQLDatabase(ServerAddress(server))
        let times = try await database.read { connection in
            try (0..<200)
                .map { _ in
                    let start = ContinuousClock.now
                    _ = try connection.query("SELECT 1")
                    return start.duration(to: .now).seconds * 1000
                }
        }
        await database.close()
        return times.sorted()[100]
    }

    private func measure(hosts count: Int, in directory: String) async throws -> String {
        @Sendable func request() -> VolumeRequest { Self.request }
        var (services, databases): ([VolumeService], [PostgreSQLDatabase]) = ([], [])
        for number in 1...count {
            let database = try PostgreSQLDatabase(ServerAddress(server))
            services.append(try Self.service(number, of: count, on: database, in: directory))
            databases.append(database)
            _ = try await services[number - 1].create(request())
        }
        let (commits, end) = (databases.map(\.commitCount).reduce(0, +), ContinuousClock.now + .seconds(seconds))
        let times = try await withThrowingTaskGroup { group in
            for service in services {
                group.addTask {
                    var times: [Double] = []
                    while ContinuousClock.now < end {
                        let start = ContinuousClock.now
                        _ = try await service.create(request())
                        times.append(start.duration(to: .now).seconds * 1000)
                    }
                    return times
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }.sorted()
        }
        let each = Double(databases.map(\.commitCount).reduce(0, +) - commits) / Double(times.count)
        for database in databases { await database.close() }
        func figure(_ share: Double) -> String {
            String(format: "%.1f ms", times[Int(Double(times.count - 1) * share)])
        }
        let rate = Int(Double(times.count) / seconds)
        return "\(rate) | \(figure(0.5)) | \(figure(0.99)) | \(String(format: "%.2f", each))"
    }
}

/// The built-in driver with room of its own, as on a host of its own: here all of them are on one file system.
private struct HostDriver: MarkingDriver {
    static let kind = LoopbackDriver.kind
    let base: LoopbackDriver
    let place: String

    var capabilities: DriverCapabilities { base.capabilities }

    func create(_ volume: VolumeID, size: ByteCount, operation: OperationID) async throws(DriverError) {
        try await base.create(volume, size: size, operation: operation)
    }

    func delete(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        try await base.delete(volume, operation: operation)
    }

    func inspect(_ volume: VolumeID) async throws(DriverError) -> VolumePresence { try await base.inspect(volume) }

    func list() async throws(DriverError) -> [BackendVolume] { try await base.list() }

    func capacity() async throws(DriverError) -> PoolCapacity {
        let capacity = try await base.capacity()
        return PoolCapacity(total: capacity.total, free: capacity.free, logical: capacity.logical, backing: place)
    }

    func location(of volume: VolumeID) -> String { base.location(of: volume) }

    func poolID() async throws(DriverError) -> PoolID? { try await base.poolID() }

    func markPool(as id: PoolID) async throws(DriverError) -> PoolID { try await base.markPool(as: id) }

    func bound(to pool: PoolID) -> HostDriver { HostDriver(base: base.bound(to: pool), place: place) }
}
