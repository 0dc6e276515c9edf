import ArgumentParser
import Foundation
import Identity
import LoopbackDriver
import SQLite
import TaskFlow
import VolumeAPI
import VolumeDriver
import Volumes

/// Measures what one page of a long list costs.
struct PageBenchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pages",
        abstract: "Measure a page of the list beside 1,000 to 100,000 volumes."
    )

    @Option(help: "How many volumes there are; several numbers.") var volumes = [1000, 100_000]
    @Option(help: "How many volumes a page has.") var size = 50
    @Option(help: "How often to read each page.") var runs = 31
    @OptionGroup var scratch: ScratchOption

    func run() async throws {
        let scratch = try scratch.make()
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        var report = Report(asJSON: false)
        for number in volumes {
            let directory = "\(scratch)/\(number)"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try await measure(number, in: directory, &report)
        }
        try report.end()
    }

    private func measure(_ number: Int, in directory: String, _ report: inout Report) async throws {
        let path = directory + "/volumectl.db"
        func open() throws -> VolumeService {
            let driver = LoopbackDriver(directory: directory + "/pools/default")
            return try VolumeService(
                database: SQLiteDatabase(path: path),
                pools: [Pool(name: "default", driver: driver)]
            )
        }
        let first = try await open()
            .create(VolumeRequest(size: .exactly(ByteCount(bytes: 4096) ?? .zero)))
            .volume
        try await ManyVolumes(in: path).add(number - 1, like: first, filesIn: nil)
        let service = try open()
        let middle = try await service.volumePages(after: nil, of: number / 2).first { _ in true }?.readable.last
        guard let middle else { throw ValidationError("there are no volumes") }
        let markers: [(String, VolumeID?)] = [("the first page", nil), ("a page of the middle", middle.id)]
        for (place, marker) in markers {
            let what = "\(place) of \(size), of \(number) volumes"
            try await report.measure("\(what), in one process", "ms", repetitions: runs) {
                let start = ContinuousClock.now
                var pages = service.volumePages(after: marker, of: size).limited(to: size).makeAsyncIterator()
                guard try await pages.next()?.count == min(size, number) else {
                    throw ValidationError("the page is not complete")
                }
                return start.duration(to: .now).seconds * 1000
            }
        }
        for (place, marker) in markers {
            let arguments = marker.map { ["--after", "\($0)"] } ?? []
            let what = "`volumectl ls --limit \(size)`, \(place), of \(number) volumes"
            try await report.measure(what, "ms", repetitions: runs) {
                try Process.volumectl(["ls", "--limit", "\(size)"] + arguments, in: directory).milliseconds()
            }
        }
        await service.close()
    }
}
