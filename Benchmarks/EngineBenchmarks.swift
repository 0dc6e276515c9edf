import ArgumentParser
import Foundation
import SQL
import SQLStore
import SQLite
import TaskFlow

/// Measures the cost of the engine, with steps that do nothing.
struct EngineBenchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "engine", abstract: "Measure the engine alone.")

    @Flag(help: "Only what is compared with peers.") var peers = false
    @Flag(help: "Print JSON.") var json = false
    @Option(help: "How many interrupted flows to resume.") var interrupted = 10_000
    @OptionGroup var scratch: ScratchOption

    func run() async throws {
        let directory = try scratch.make()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var report = Report(asJSON: json)
        try await measureShapes(&report, directory)
        try await measureDurableFlows(&report, directory)
        if !peers {
            try await measureCompiling(&report)
            try await measureReverts(&report)
            try await measureMemory(&report)
        }
        try await measureResuming(&report, directory)
        try report.end()
    }

    // MARK: - Steps a second

    private func measureShapes(_ report: inout Report, _ directory: String) async throws {
        let shapes = Shape.linear.filter { !peers || $0.count <= 1000 } + [.unordered(1000)] + (peers ? [] : [.layers])
        for shape in shapes {
            let flow = try shape.flow(of: NoOperation())
            for parallelism in peers ? [1] : [1, 4] {
                let how = parallelism == 1 ? "serial" : "\(parallelism) at once"
                try await report.measure("\(shape.name), in memory, \(how)", "steps/s") {
                    let runs = max(1, 20_000 / shape.count)
                    return try await rate(of: runs * shape.count) {
                        for _ in 0..<runs {
                            let options = EngineOptions(parallelism: parallelism)
                            try await Engine(flow, request: Nothing(), in: MemoryStore(), options: options).run()
                        }
                    }
                }
            }
            guard shape.count <= 10_000, !peers else { continue }
            try await report.measure("\(shape.name), SQLite, one commit a flow", "steps/s", repetitions: 3) {
                let store = try SQLStore(SQLiteDatabase(path: "\(directory)/\(UUID().uuidString).db"))
                return try await rate(of: shape.count) { try await Engine(flow, request: Nothing(), in: store).run() }
            }
        }
        let external = try Shape.linear[1].flow(of: TouchingNothing())
        try await report.measure("linear 100, SQLite, a commit a step", "steps/s", repetitions: 3) {
            let store = try SQLStore(SQLiteDatabase(path: "\(directory)/\(UUID().uuidString).db"))
            return try await rate(of: 100) { try await Engine(external, request: Nothing(), in: store).run() }
        }
    }

    // MARK: - Making flows ready

    private func measureCompiling(_ report: inout Report) async throws {
        for shape in Shape.linear {
            try await report.measure("compile \(shape.name)", "ms") {
                try time { _ = try shape.flow(of: NoOperation()) }.seconds * 1000
            }
            let flow = try shape.flow(of: NoOperation())
            try await report.measure("prepare \(shape.name)", "ms") {
                try time { _ = try Engine(flow, request: Nothing(), in: MemoryStore()) }.seconds * 1000
            }
        }
    }

    // MARK: - Reverts

    private func measureReverts(_ report: inout Report) async throws {
        for count in [1000, 10_000] {
            let flow = try Flow("revert") {
                (0..<count).map { Step(Undone(), named: "\($0)") as any FlowPart }
                Step(Failing())
            }
            try await report.measure("run and revert linear \(count), in memory", "ms", repetitions: 3) {
                let engine = try Engine(flow, request: Nothing(), in: MemoryStore())
                return try await ContinuousClock().measure { try await engine.advance() }.seconds * 1000
            }
        }
    }

    // MARK: - Durable flows

    private func measureDurableFlows(_ report: inout Report, _ directory: String) async throws {
        try await report.measure("the bare disk: append a page, fdatasync", "a second") {
            try BareDisk(directory: directory).syncsPerSecond()
        }
        try await report.measure("the bare database: commit a row", "a second", repetitions: 3) {
            let store = try SQLStore(
                SQLiteDatabase(path: "\(directory)/\(UUID().uuidString).db"),
                schemas: [Rows.schema]
            )
            return try await rate(of: 500) {
                for _ in 0..<500 {
                    _ = try await store.transact {
                        try $0.connection.execute("INSERT INTO bench_row (text) VALUES ('row')")
                    }
                }
            }
        }
        let flow = try Shape(name: "six", count: 6, isUnordered: false).flow(of: TouchingNothing())
        for tasks in [1, 64] {
            try await report.measure("500 flows of six steps, SQLite, \(tasks) at once", "flows/s", repetitions: 3) {
                let store = try SQLStore(SQLiteDatabase(path: "\(directory)/\(UUID().uuidString).db"))
                return try await rate(of: 500) {
                    try await inParallel(tasks, Array(0..<500)) { _ in
                        try await Engine(flow, request: Nothing(), in: store).run()
                    }
                }
            }
        }
        let bare = report.median(of: "the bare database: commit a row") ?? 0
        let flows = report.median(of: "500 flows of six steps, SQLite, 1 at once") ?? 0
        // The first start, six outcomes each with the next start or the end: seven commits a flow.
        try await report.measure("bare commits for one of a flow's, 1 at once", "x", repetitions: 1) {
            bare / (flows * 7)
        }
    }

    // MARK: - Resuming

    private func measureResuming(_ report: inout Report, _ directory: String) async throws {
        let (count, recipe) = (peers ? 500 : interrupted, try InterruptedFlows.flow(stopping: nil).recipe)
        try await report.measure("interrupted flows resumed", "flows/s", repetitions: peers ? 3 : 1) {
            let path = "\(directory)/\(UUID().uuidString).db"
            _ = try ChildRun.output(of: ["interrupted", path, "\(count)"])
            let start = ContinuousClock.now
            let store = try SQLStore(SQLiteDatabase(path: path))
            let abandoned = try await store.abandoned()
            guard abandoned.count == count else { throw Unmeasured(found: abandoned.count, wanted: count) }
            try await inParallel(64, abandoned) { flow in
                try await Engine(resuming: flow.id, with: recipe, in: store).run()
            }
            return Double(count) / start.duration(to: .now).seconds
        }
        guard !peers, let rate = report.median(of: "interrupted flows resumed") else { return }
        try await report.measure("resume \(count) interrupted flows", "s", repetitions: 1) { Double(count) / rate }
    }

    // MARK: - Memory

    private func measureMemory(_ report: inout Report) async throws {
        func peak(_ count: Int) throws -> Double {
            let output = try ChildRun.output(of: ["atom-memory", "\(count)"])
            guard let bytes = Double(output.trimmingCharacters(in: .whitespacesAndNewlines)) else {
                throw Unmeasured(found: 0, wanted: count)
            }
            return bytes
        }
        try await report.measure("peak memory of a run for each of 10,000 steps", "bytes", repetitions: 3) {
            (try peak(10_000) - peak(10)) / 10_000
        }
    }

    // MARK: -

    private func rate(of count: Int, _ body: () async throws -> Void) async throws -> Double {
        Double(count) / (try await ContinuousClock().measure(body)).seconds
    }

    private func time(_ body: () throws -> Void) rethrows -> Duration { try ContinuousClock().measure(body) }

    private func inParallel<Element: Sendable>(
        _ tasks: Int,
        _ elements: [Element],
        _ body: @escaping @Sendable (Element) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, element) in elements.enumerated() {
                if index >= tasks { try await group.next() }
                group.addTask { try await body(element) }
            }
            try await group.waitForAll()
        }
    }
}

/// A benchmark did not do what it was meant to measure.
struct Unmeasured: Error, CustomStringConvertible {
    let found: Int
    let wanted: Int

    var description: String { "there are \(found) flows to measure, not \(wanted)" }
}
