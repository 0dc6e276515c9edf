import ArgumentParser
import Foundation

/// Measures without asserting anything. Figures are comparable only within one run.
@main
struct Benchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure what volumes and flows cost.",
        subcommands: [
            ServiceBenchmarks.self, CreateCosts.self, GrowthBenchmarks.self, EngineBenchmarks.self,
            DriverBenchmarks.self,
            InterruptedFlows.self,
            AtomMemory.self,
        ],
        defaultSubcommand: ServiceBenchmarks.self
    )
}

/// The directory for scratch files.
struct ScratchOption: ParsableArguments {
    @Option(help: "Where to put scratch files; what is measured is the disk below it.")
    var directory = FileManager.default.temporaryDirectory.path(percentEncoded: false)

    /// A new directory, for the caller to remove.
    func make() throws -> String {
        let scratch = directory + "/volumectl-bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        return scratch
    }
}

/// Measures the bare disk.
struct BareDisk {
    let directory: String

    /// The number of pages per second that can be appended to a file and made durable.
    func syncsPerSecond() throws -> Double {
        let file = open(directory + "/sync", O_WRONLY | O_CREAT, 0o600)
        defer { close(file) }
        let page = [UInt8](repeating: 1, count: 4096)
        let duration = ContinuousClock()
            .measure {
                for _ in 0..<200 {
                    _ = write(file, page, page.count)
                    fdatasync(file)
                }
            }
        return 200 / duration.seconds
    }
}

/// Another process of this program, with its own memory, which may also die.
struct ChildRun {
    /// The process's standard output.
    static func output(of arguments: [String]) throws -> String {
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = Bundle.main.executableURL
        process.arguments = arguments
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self)
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
