import ArgumentParser
import Foundation
import Identity
import SQLite
import VolumeAPI
import VolumeDriver
import Volumes

/// Measures how long the choice of a pool takes, among pools that answer at once.
struct ScheduleBenchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Measure the choice among 10 to 10,000 pools."
    )

    @Option(help: "How many pools there are; several numbers.") var pools = [10, 100, 1000, 10_000]
    @Option(help: "How many volumes to place in each case.") var runs = 21
    @OptionGroup var scratch: ScratchOption

    func run() async throws {
        let scratch = try scratch.make()
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        var report = Report(asJSON: false)
        for number in pools {
            let cases: [(String, PoolPlacement)] = [
                ("", PoolPlacement()),
                (", with a filter expression", PoolPlacement(filterFunction: Self.filter)),
                (", with a goodness expression", PoolPlacement(goodnessFunction: Self.goodness)),
            ]
            for (name, placement) in cases {
                let path = "\(scratch)/\(number)-\(name.count).db"
                try await measure("\(number) pools\(name)", number, placement, in: path, &report)
            }
        }
        try report.end()
    }

    private static let filter = "stats.free_capacity_gb > 10 and volume.size < 500"
    private static let goodness = "100 * stats.free_capacity_gb / stats.total_capacity_gb"

    private func measure(
        _ what: String,
        _ number: Int,
        _ placement: PoolPlacement,
        in path: String,
        _ report: inout Report
    ) async throws {
        let pools = (0..<number)
            .map { Pool(name: "pool-\($0)", driver: InstantDriver(number: Int64($0)), placement: placement) }
        let goodness = SchedulerOptions.Weighing(StandardWeigher.goodness)
        let service = try VolumeService(
            database: SQLiteDatabase(path: path),
            pools: pools,
            scheduling: placement.goodnessFunction == nil
                ? SchedulerOptions() : SchedulerOptions(weighings: [goodness])
        )
        let size = SizeExpression.exactly(ByteCount(gibibytes: 1) ?? .zero)
        try await report.measure("plan, \(what)", "ms", repetitions: runs) {
            let start = ContinuousClock.now
            guard try await service.plan(VolumeRequest(size: size)).verdicts.count == number else {
                throw ValidationError("not every pool was judged")
            }
            return start.duration(to: .now).seconds * 1000
        }
        try await report.measure("create, \(what)", "ms", repetitions: runs) {
            let start = ContinuousClock.now
            _ = try await service.create(VolumeRequest(size: size))
            return start.duration(to: .now).seconds * 1000
        }
        await service.close()
    }
}

/// A driver of volumes that are only remembered, by the number of the pool.
private final class InstantDriver: VolumeDriver {
    static let kind = "instant"
    let capabilities: DriverCapabilities
    private let free: ByteCount
    private let volumes = Volumes()

    /// The sizes of the volumes.
    private actor Volumes {
        var sizes: [VolumeID: ByteCount] = [:]

        func set(_ volume: VolumeID, _ size: ByteCount?) { sizes[volume] = size }
    }

    init(number: Int64) {
        capabilities = DriverCapabilities(isThin: true, granule: ByteCount(bytes: 4096) ?? .zero)
        free = ByteCount(gibibytes: 100 + number % 800) ?? .zero
    }

    func create(_ volume: VolumeID, size: ByteCount, operation: OperationID) async throws(DriverError) {
        await volumes.set(volume, size)
    }

    func delete(_ volume: VolumeID, operation: OperationID) async throws(DriverError) { await volumes.set(volume, nil) }

    func inspect(_ volume: VolumeID) async throws(DriverError) -> VolumePresence {
        await volumes.sizes[volume].map { .complete($0) } ?? .absent
    }

    func list() async throws(DriverError) -> [BackendVolume] {
        await volumes.sizes.map { BackendVolume(id: $0.key, presence: .complete($0.value)) }
    }

    func capacity() async throws(DriverError) -> PoolCapacity {
        PoolCapacity(total: ByteCount(gibibytes: 1000) ?? .zero, free: free)
    }

    func location(of volume: VolumeID) -> String { volume.description }
}
