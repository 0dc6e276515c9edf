import ArgumentParser
import Foundation
import VolumeDriver

/// Measures the service and its drivers in comparison with the tools that a person would use.
struct DriverBenchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drivers",
        abstract: "Measure the drivers beside the bare tools.",
        subcommands: [LoopbackBenchmarks.self, ExternalBenchmarks.self, LVMBenchmarks.self, RBDBenchmarks.self]
    )
}

/// The extent of the measurement.
struct DriverOptions: ParsableArguments {
    @Option(help: "How many rounds.") var rounds = 31
    @Option(help: "How many rounds where data are moved.") var imageRounds = 7
    @Option(help: "The size of volumes, in MiB.") var size: Int64 = 1024
    @Option(help: "The size of images, in MiB, of which half is data.") var imageSize = 1024

    var byteCount: ByteCount { ByteCount(bytes: size << 20) ?? .zero }
    var imageByteCount: ByteCount { ByteCount(bytes: Int64(imageSize) << 20) ?? .zero }

    func validate() throws {
        guard rounds > 0, imageRounds > 0, size > 0, imageSize > 0 else {
            throw ValidationError("rounds and sizes are positive")
        }
    }
}

extension ScratchOption {
    /// Runs `body` with a new directory, and removes the directory afterwards.
    func use(_ body: (String) async throws -> Void) async throws {
        let directory = try make()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body(directory)
    }
}
