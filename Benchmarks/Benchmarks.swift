import ArgumentParser
import Foundation

/// Measures without asserting anything. Figures are comparable only within one run.
@main
struct Benchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure what volumes and flows cost.",
        subcommands: [
            ServiceBenchmarks.self, VerbBenchmarks.self, CreateCosts.self, GrowthBenchmarks.self,
            ScheduleBenchmarks.self, PageBenchmarks.self, HostBenchmarks.self,
            EngineBenchmarks.self, DriverBenchmarks.self,
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

    /// The processor time of what a create does to the disk, in milliseconds: 24 pages are written and made durable, a
    /// file is made and synchronised, and its directory, then 8 pages are written and made durable.
    func processorTimeOfCreates() -> Double {
        let log = open(directory + "/log", O_RDWR | O_CREAT, 0o600)
        let folder = open(directory, O_RDONLY | O_DIRECTORY)
        defer { for descriptor in [log, folder] { close(descriptor) } }
        let (header, page) = ([UInt8](repeating: 1, count: 24), [UInt8](repeating: 1, count: 4096))
        var end: off_t = 0
        func commit(pages: Int) {
            // A database's log is used again from its beginning.
            if end > 4 << 20 { end = 0 }
            for _ in 0..<pages {
                for bytes in [header, page] { end += off_t(pwrite(log, bytes, bytes.count, end)) }
            }
            fdatasync(log)
        }
        func create(_ name: String) {
            let file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL, 0o600)
            ftruncate(file, 1 << 30)
            for descriptor in [file, folder] { fsync(descriptor) }
            close(file)
        }
        // Not counted: the log has its size afterwards.
        for _ in 0..<64 { commit(pages: 24) }
        let (rounds, start) = (500, ProcessorTime.ofThisProcess)
        for round in 0..<rounds {
            commit(pages: 24)
            create("file-\(round)")
            commit(pages: 8)
        }
        return (ProcessorTime.ofThisProcess - start) * 1000 / Double(rounds)
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
