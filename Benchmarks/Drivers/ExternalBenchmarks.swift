import ArgumentParser
import ExternalDriver
import Foundation
import VolumeDriver

/// Measures a driver that is an executable; its cost is mostly the start of the executable.
struct ExternalBenchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "external", abstract: "Measure the example's volumes.")

    @Argument(help: "The executable, which is given a directory.") var executable: String
    @OptionGroup var options: DriverOptions
    @OptionGroup var scratch: ScratchOption

    func run() async throws {
        try await scratch.use { directory in
            let (pool, folder) = (directory + "/pool", directory + "/hand")
            for path in [pool, folder] {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            }
            let programs = CountingPrograms()
            let command = try ExternalCommand(URL(filePath: executable).path(percentEncoded: false), [pool])
            let contests = PoolContests(
                driver: await ExternalDriver(command, runner: programs),
                hand: FilesByHand(shell: Shell(directory: folder), kind: .sparse, size: options.byteCount),
                size: options.byteCount,
                programs: programs,
                rounds: options.rounds
            )
            var tables = DriverTables()
            DriverTables.start("external")
            try await contests.measureVolumes(&tables, "the example in Python", state: directory + "/volumes.db")
            tables.end()
        }
    }
}
