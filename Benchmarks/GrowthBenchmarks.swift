import ArgumentParser
import Foundation
import Identity
import LoopbackDriver
import SQL
import SQLStore
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
        try await fill(database, with: number - 1, like: first, filesIn: pool)

        var made: [String] = []
        let create = try await cpu {
            for _ in 0..<count {
                made.append(try await service.create(VolumeRequest(size: size)).volume.id.description)
            }
        }
        let remove = try await cpu { for id in made { try await service.delete(id) } }
        let look = try await cpu { for _ in 0..<count { _ = try await service.poolStatuses() } }
        await service.close()
        let listing = try (0..<runs).map { _ in try list(directory) }.sorted()[runs / 2]
        let figures = [create, remove, look].map { String(format: "%.2f ms", $0) }.joined(separator: " | ")
        print("| \(number) | \(figures) | \(String(format: "%.0f ms", listing)) |")
    }

    /// Adds volumes as if they had been created: rows, flows with their journals, and files.
    private func fill(_ database: String, with number: Int, like volume: Volume, filesIn pool: String) async throws {
        guard number > 0 else { return }
        let store = try SQLStore(SQLiteDatabase(path: database))
        try await store.transact { transaction in
            let connection = transaction.connection
            func copy(_ table: String, key: String, of id: String, without columns: String...) throws {
                let left = ([key] + columns).map { "'\($0)'" }.joined(separator: ", ")
                let rows = try connection.query(
                    "SELECT group_concat(name, ', ') FROM pragma_table_info('\(table)') WHERE name NOT IN (\(left))"
                )
                let others: String = try rows[0](0)
                let flow = table == "volume" ? others.replacing("flow", with: Self.newID) : others
                try connection.execute(
                    """
                    WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
                    INSERT INTO \(table) (\(key), \(others)) SELECT \(Self.newID), \(flow) FROM number, \(table)
                    WHERE \(key) = ?
                    """,
                    number,
                    id
                )
            }
            try copy("flow", key: "id", of: volume.flow.description, without: "number")
            try copy("flow_journal", key: "flow", of: volume.flow.description)
            try copy("volume", key: "id", of: volume.id.description, without: "number")
            try connection.execute(
                "UPDATE quota SET in_use = in_use + CASE resource WHEN 'volumes' THEN ? ELSE ? END",
                number,
                Int64(number) * volume.size.bytes
            )
            try connection.execute(
                "UPDATE pool_provisioned SET volumes = volumes + ?, bytes = bytes + ?",
                number,
                Int64(number) * volume.size.bytes
            )
        }
        await store.close()
        for n in 1...number {
            let file = open(
                String(format: "%@/volume-%08x-0000-4000-8000-%012x", pool, n, n),
                O_WRONLY | O_CREAT,
                0o600
            )
            guard file >= 0, ftruncate(file, Int(volume.size.bytes)) == 0 else { throw ExitCode.failure }
            close(file)
        }
    }

    private static let newID = "printf('%08x-0000-4000-8000-%012x', n, n)"

    /// The milliseconds of processor time for each of `count` operations.
    private func cpu(_ body: () async throws -> Void) async throws -> Double {
        let start = ProcessorTime.ofThisProcess
        try await body()
        return (ProcessorTime.ofThisProcess - start) * 1000 / Double(count)
    }

    /// The milliseconds that a whole process takes to list all volumes.
    private func list(_ directory: String) throws -> Double {
        let process = Process()
        process.executableURL = URL(filePath: Bundle.main.bundlePath + "/volumectl")
        process.arguments = ["ls"]
        process.environment = ["VOLUMECTL_STATE_DIRECTORY": directory, "HOME": directory, "PATH": "/usr/bin:/bin"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let start = ContinuousClock.now
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ExitCode(process.terminationStatus) }
        return start.duration(to: .now).seconds * 1000
    }
}
