import Foundation
import TestKit
import Testing

/// Processes that run random commands on one database and are killed at random moments. What was answered holds, and the records
/// are what is there.
///
/// `make soak-service SOAK_SECONDS=600` runs it for longer, with a random seed.
@Suite(.scratchDirectory)
struct ServiceSoakTests {
    private static let environment = ProcessInfo.processInfo.environment
    /// How long the workers run; if `nil`, they end after a number of commands.
    private static let seconds = environment["VOLUMECTL_SOAK_SECONDS"].flatMap(Int.init)
    private static let seeds: [UInt64] =
        if let seed = environment["VOLUMECTL_SOAK_SEED"].flatMap(UInt64.init) {
            [seed]
        } else if seconds != nil {
            [.random(in: 0...UInt64.max)]
        } else {
            [1, 2]
        }

    @Test(arguments: seeds)
    func `killed commands of many processes leave what was answered, and nothing else`(seed: UInt64) async throws {
        let stage = try SoakStage()
        do {
            try await soak(stage, seed)
            try await stage.expectAgreement()
        } catch {
            try await stage.empty()
            throw error
        }
        try await stage.empty()
    }

    private func soak(_ stage: SoakStage, _ seed: UInt64) async throws {
        let end = ContinuousClock.now + .seconds(Self.seconds ?? 0)
        let reaper = Task { try await stage.killProcesses(seed: seed) }
        defer { reaper.cancel() }
        try await withThrowingTaskGroup { group in
            for number in 0..<3 {
                group.addTask {
                    var worker = SoakWorker(number, seed: seed, variables: stage.variables)
                    var steps = 0
                    while Self.seconds == nil ? steps < 25 : ContinuousClock.now < end {
                        try await worker.step()
                        steps += 1
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
