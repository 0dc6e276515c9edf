import ArgumentParser
import Foundation
import SQLite
import VolumeAPI
import VolumeDriver
import Volumes

/// Creates volumes in one process and does nothing else, for a profiler:
/// `valgrind --tool=callgrind benchmarks creates`.
struct CreateCosts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "creates",
        abstract: "Make volumes, for a profiler to watch."
    )

    @Option(help: "How many volumes to make.") var count = 100
    @OptionGroup var scratch: ScratchOption

    func run() async throws {
        let scratch = try scratch.make()
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        let service = try VolumeService(
            database: SQLiteDatabase(path: scratch + "/volumes.db"),
            pools: try await builtInPools(in: scratch)
        )
        for _ in 0..<count {
            _ = try await service.create(VolumeRequest(size: .exactly(ByteCount(gibibytes: 1) ?? .zero)))
        }
    }
}
