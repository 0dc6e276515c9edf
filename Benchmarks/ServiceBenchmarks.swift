import ArgumentParser
import Foundation
import SQLStore
import SQLite
import VolumeAPI
import VolumeDriver
import Volumes

/// Measures the latency for a user and the cost for a host.
struct ServiceBenchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "service", abstract: "Measure creates and commands.")

    @Option(help: "How many volumes to make in a series.") var count = 1000
    @Option(help: "How often to run the command line.") var runs = 30
    @OptionGroup var scratch: ScratchOption

    func run() async throws {
        let scratch = try scratch.make()
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        print("| what | figure |\n| --- | --- |")
        let disk = BareDisk(directory: scratch)
        report("commits that the bare disk takes, one after the other", "\(Int(try disk.syncsPerSecond())) a second")
        report(
            "CPU of a create's writes to the disk, made by nothing else",
            String(format: "%.2f ms", disk.processorTimeOfCreates())
        )
        for tasks in [1, 4, 16, 64] { try await measureCreates(tasks: tasks, in: "\(scratch)/\(tasks)") }
        try await measureWriters(32, in: scratch + "/writers")
        try measureCommandLine(in: scratch + "/cli")
        report("peak memory of this process, \(2 * count) creates", "\(peakMemory()) MiB")
    }

    private func report(_ what: String, _ figure: String) { print("| \(what) | \(figure) |") }

    private func measureCreates(tasks: Int, in directory: String) async throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let database = try SQLiteDatabase(path: directory + "/volumes.db")
        let service = try VolumeService(database: database, pools: try await builtInPools(in: directory))
        let size = SizeExpression.exactly(ByteCount(gibibytes: 1) ?? .zero)
        _ = try await service.create(VolumeRequest(size: size))
        let (commits, cpu) = (database.commitCount, ProcessorTime.ofThisProcess)
        let share = count / tasks
        let duration = try await ContinuousClock()
            .measure {
                try await withThrowingTaskGroup { group in
                    for _ in 0..<tasks {
                        group.addTask {
                            for _ in 0..<share { _ = try await service.create(VolumeRequest(size: size)) }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        let made = Double(share * tasks)
        let each = (database.commitCount - commits, ProcessorTime.ofThisProcess - cpu)
        report("creates, \(tasks) at once", "\(Int(made / duration.seconds)) a second")
        report("commits a create, \(tasks) at once", String(format: "%.2f", Double(each.0) / made))
        report("CPU a create, \(tasks) at once", String(format: "%.2f ms", each.1 * 1000 / made))
    }

    /// Each writer opens the database separately, as processes do.
    private func measureWriters(_ writers: Int, in directory: String) async throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let pools = try await builtInPools(in: directory)
        let services = try (0..<writers)
            .map { _ in
                try VolumeService(database: SQLiteDatabase(path: directory + "/volumes.db"), pools: pools)
            }
        let size = SizeExpression.exactly(ByteCount(gibibytes: 1) ?? .zero)
        let share = max(4, count / 10 / writers)
        let times = try await withThrowingTaskGroup { group in
            for service in services {
                group.addTask {
                    var times: [Double] = []
                    for _ in 0..<share {
                        let start = ContinuousClock.now
                        _ = try await service.create(VolumeRequest(size: size))
                        times.append(start.duration(to: .now).seconds * 1000)
                    }
                    return times
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }.sorted()
        }
        func figure(_ share: Double) -> String {
            String(format: "%.0f ms", times[Int(Double(times.count - 1) * share)])
        }
        report(
            "a create beside \(writers - 1) other writers: median, 99 of 100, slowest",
            "\(figure(0.5)), \(figure(0.99)), \(figure(1))"
        )
    }

    private func measureCommandLine(in directory: String) throws {
        func time(_ arguments: String...) throws -> Double {
            try Process.volumectl(arguments, in: directory).milliseconds()
        }
        func median(_ runs: Int, _ body: () throws -> Double) rethrows -> String {
            let times = try (0..<runs).map { _ in try body() }.sorted()
            return String(format: "%.1f ms (%.1f to %.1f)", times[runs / 2], times[0], times[runs - 1])
        }
        report("`volumectl --help`, whole process, median of \(runs)", try median(runs) { try time("--help") })
        report(
            "`volumectl create --size 10`, the first one on a host",
            String(format: "%.1f ms", try time("create", "--size", "10"))
        )
        report(
            "`volumectl create --size 10`, median of \(runs)",
            try median(runs) { try time("create", "--size", "10") }
        )
        let memory =
            try (0..<runs).map { _ in try peakMemory(of: .volumectl(["create", "--size", "10"], in: directory)) }.max()
            ?? 0
        report("`volumectl create --size 10`, peak memory", "\(memory) MiB")
        for _ in min(1000, 2 * runs + 1)..<1000 { _ = try time("create", "--size", "1") }
        report("`volumectl ls` at 1,000 volumes, median of \(runs)", try median(runs) { try time("ls") })
        report("`volumectl create --size 10` at 1,000 volumes", try median(runs) { try time("create", "--size", "10") })
    }

    /// In MiB.
    private func peakMemory() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss / 1024
    }

    /// Runs a process, and looks at its peak memory, in MiB, as long as it runs: what the system tells of a child that
    /// has ended is at least the memory of its parent at the fork.
    private func peakMemory(of process: Process) throws -> Int {
        try process.run()
        var peak = 0
        while process.isRunning {
            let status =
                (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
            // Before it executes the program, it is a copy of this one.
            guard status.hasPrefix("Name:\tvolumectl\n"), let line = status.firstMatch(of: /VmHWM:\s*([0-9]+) kB/)
            else { continue }
            peak = max(peak, (Int(line.1) ?? 0) / 1024)
        }
        guard process.terminationStatus == 0 else { throw ExitCode(process.terminationStatus) }
        return peak
    }
}
