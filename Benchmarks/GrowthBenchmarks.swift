import ArgumentParser
import Foundation
import Identity
import LoopbackDriver
import SQLite
import VolumeAPI
import VolumeDriver
import Volumes

/// Measures whether the cost of requests grows with the number of volumes.
struct GrowthBenchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "growth",
        abstract: "Measure what requests cost beside 100 to 100,000 volumes."
    )

    @Option(help: "How many volumes there are; several numbers, smallest first.")
    var volumes = [100, 1000, 10_000, 100_000]
    @Option(help: "How many creates, removals and looks at the pools to measure.") var count = 200
    @Option(help: "How often to run `volumectl ls`.") var runs = 5
    @OptionGroup var scratch: ScratchOption

    func run() async throws {
        let scratch = try scratch.make()
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        print("| volumes | CPU a create | CPU an rm | CPU a pool ls | `volumectl ls`, median of \(runs) |")
        print("| --: | --: | --: | --: | --: |")
        for number in volumes {
            let directory = "\(scratch)/\(number)"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try await measure(number, in: directory)
        }
    }

    private func measure(_ number: Int, in directory: String) async throws {
        let (database, pool) = (directory + "/volumectl.db", directory + "/pools/default")
        let service = try VolumeService(
            database: SQLiteDatabase(path: database),
            pools: [Pool(name: "default", driver: LoopbackDriver(directory: pool))]
        )
        let size = SizeExpression.exactly(ByteCount(bytes: 4096) ?? .zero)
        let first = try await service.create(VolumeRequest(size: size)).volume
        try await ManyVolumes(in: database).add(number - 1, like: first, filesIn: pool)

        var made: [String] = []
        let create = try await cpu {
            for _ in 0..<count {
                made.append(try await service.create(VolumeRequest(size: size)).volume.id.description)
            }
        }
        let remove = try await cpu { for id in made { try await service.delete(id) } }
        let look = try await cpu { for _ in 0..<count { _ = try await service.poolStatuses() } }
        await service.close()
        let listing = try
            (0..<runs).map { _ in try Process.volumectl(["ls"], in: directory).milliseconds() }.sorted()[runs / 2]
        let figures = [create, remove, look].map { String(format: "%.2f ms", $0) }.joined(separator: " | ")
        print("| \(number) | \(figures) | \(String(format: "%.0f ms", listing)) |")
    }

    /// The milliseconds of processor time for each of `count` operations.
    private func cpu(_ body: () async throws -> Void) async throws -> Double {
        let start = ProcessorTime.ofThisProcess
        try await body()
        return (ProcessorTime.ofThisProcess - start) * 1000 / Double(count)
    }
}
