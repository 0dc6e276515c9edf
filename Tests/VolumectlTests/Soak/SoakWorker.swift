import Foundation
import TestKit
import Testing

/// Runs random commands, kills some of them, and compares its own volumes with their answers.
struct SoakWorker {
    private let number: Int
    private let variables: [String: String]
    private var generator: SeededGenerator
    private var volumes = SoakVolumes()
    /// The duration of the last command that was not killed.
    private var pace = Duration.milliseconds(50)
    private var journal: [String] = []

    init(_ number: Int, seed: UInt64, variables: [String: String]) {
        self.number = number
        self.variables = variables
        generator = SeededGenerator(seed: seed &+ UInt64(number) << 32)
    }

    private var names: [String] { ["a", "b", "c"].map { "worker-\(number)-\($0)" } }

    mutating func step() async throws {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<5: try await command(.random(among: names, using: &generator))
        case 5:
            guard let name = names.randomElement(using: &generator), volumes.volumes[name] != nil else { return }
            try await write(.random(in: 1...255, using: &generator), to: name)
        default: try await run(SoakCommand.shared(using: &generator))
        }
    }

    private mutating func command(_ command: SoakCommand) async throws {
        switch try await run(command.words) {
        case 0:
            guard let after = volumes.after(command) else {
                return complain("\(command.words) succeeded, which it can't have")
            }
            volumes = after
            try await compare(with: [volumes])
        case .some: try await compare(with: [volumes])
        case nil: try await compare(with: volumes.possible(killing: command))
        }
    }

    /// Compares what is there with what may be there, and takes it for what is expected from now on.
    private mutating func compare(with possible: [SoakVolumes]) async throws {
        let seen = try await look()
        if let found = possible.first(where: { $0.seen == seen }) {
            volumes = found
        } else {
            complain("\(seen) is none of \(possible.map(\.seen))")
        }
    }

    /// The worker's volumes, when nothing happens to them any more.
    private func look() async throws -> [String: SoakVolumes.Seen] {
        struct Snapshot: Decodable {
            let name: String?
            let volume: String
            let sizeBytes: Int64
            let status: String
        }
        var (own, kept): ([VolumeRecord], [Snapshot]) = ([], [])
        try await eventually {
            let volumes: [VolumeRecord] = try await volumectl(["ls", "-o", "json"], with: variables).json()
            let snapshots: [Snapshot] = try await volumectl(["snapshot", "ls", "-o", "json"], with: variables).json()
            own = volumes.filter { names.contains($0.name ?? "") }
            kept = snapshots.filter { snapshot in own.contains { $0.id == snapshot.volume } }
            let areSettled =
                own.allSatisfy { ["available", "in-use"].contains($0.status) }
                && kept.allSatisfy { $0.status == "available" }
            if !areSettled { try await SoakWorker.resume(with: variables) }
            return areSettled
        }
        return Dictionary(
            try own.map { volume in
                let content = try #require(try FileHandle(forReadingFrom: file(of: volume)).read(upToCount: 1)?.first)
                let snapshots = kept.filter { $0.volume == volume.id }.map { ($0.name ?? "", Int($0.sizeBytes >> 20)) }
                let seen = SoakVolumes.Seen(
                    mebibytes: Int(volume.sizeBytes >> 20),
                    content: content,
                    snapshots: Dictionary(snapshots) { $1 }
                )
                return (volume.name ?? "", seen)
            }
        ) { $1 }
    }

    private func file(of volume: VolumeRecord) throws -> URL { URL(filePath: try #require(volume.location)) }

    private mutating func write(_ content: UInt8, to name: String) async throws {
        let all: [VolumeRecord] = try await volumectl(["ls", "-o", "json"], with: variables).json()
        let volume = try #require(all.first { $0.name == name }, "\(name) is missing\n\(history)")
        // Through a device, the host's cache would have an older content.
        guard volume.status == "available" else { return }
        let file = try FileHandle(forUpdating: try file(of: volume))
        try file.write(contentsOf: Data([content]))
        try file.close()
        volumes.write(content, to: name)
        journal.append("write \(content) to \(name)")
    }

    /// Runs a command, which may be killed at a random moment. Returns its exit status; `nil` if it was killed.
    @discardableResult
    private mutating func run(_ words: [String]) async throws -> Int32? {
        let isDoomed = Int.random(in: 0..<3, using: &generator) == 0
        let moment = Double.random(in: 0...1.3, using: &generator)
        let start = ContinuousClock.now
        let process = try Background(words, with: variables)
        if isDoomed {
            try await Task.sleep(for: pace * moment)
            process.send(SIGKILL)
        }
        let status = await process.status()
        if status != nil { pace = ContinuousClock.now - start }
        journal.append("\(words.joined(separator: " ")) -> \(status.map { "\($0)" } ?? "killed")")
        // Done, not found, a conflict, the quota, still running at its time limit, or reverted because of that.
        let expected: [Int32] = [0, 3, 4, 5, 9] + (words.contains("--cancel-on-timeout") ? [7] : [])
        if let status, !expected.contains(status) { complain("exit \(status): \(try process.errors)") }
        return status
    }

    private var history: String { journal.suffix(40).joined(separator: "\n") }

    private func complain(_ what: String) { Issue.record("worker \(number): \(what)\n\(history)") }

    /// Finishes or reverts what killed processes have left, in a process that may be killed, too.
    static func resume(with variables: [String: String]) async throws {
        try await eventually { try await volumectl(["flow", "resume"], with: variables).status == 0 }
    }
}
