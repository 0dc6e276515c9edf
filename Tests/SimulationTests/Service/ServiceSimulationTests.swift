import Foundation
import TestKit
import Testing

/// The service under requests, deaths at any commit and driver call, failures, interruptions, commits whose answers are
/// lost, and processes that stop for longer than their leases: after everything is recovered, quotas, provisioned
/// capacity, records, pools and devices agree, and each volume is as its requests left it.
@Suite(.scratchDirectory, .timeLimit(.minutes(60)))
struct ServiceSimulationTests {
    /// The number of seeds to try.
    static let count = ProcessInfo.processInfo.environment["VOLSIM_SERVICE_SEEDS"].flatMap { UInt64($0) } ?? 60
    static let only = ProcessInfo.processInfo.environment["VOLSIM_SERVICE_SEED"].flatMap { UInt64($0) }

    @Test func `no seed leaves a trace of an unfinished request`() async throws {
        let seeds = Self.only.map { $0...$0 } ?? 1...Self.count
        let (directory, lanes) = (ScratchDirectory.path, UInt64(2))
        let ends = await withTaskGroup(of: Set<String>.self) { group in
            for lane in 0..<lanes {
                group.addTask {
                    var ends: Set<String> = []
                    for seed in seeds where seed % lanes == lane {
                        var course = ServiceCourse(seed)
                        do {
                            try await course.run(in: "\(directory)/\(seed)")
                        } catch {
                            Issue.record("\(error)\n\(course)")
                        }
                        ends.formUnion(course.ends)
                    }
                    return ends
                }
            }
            return await group.reduce(into: Set<String>()) { $0.formUnion($1) }
        }
        guard seeds.count >= 60 else { return }
        // Else the seeds try less than they promise.
        for verb in Self.verbs {
            for end in ["succeeded", "died", "stopped"] where "\(verb) \(end)" != Self.untried {
                #expect(ends.contains("\(verb) \(end)"))
            }
        }
        for end in ["late and replaced", "late and in time"] { #expect(ends.contains(end)) }
        #expect(ends.count { $0.hasSuffix(" lost its database") } > 8)
    }

    /// What none of the first 60 seeds tries.
    private static let untried = "unexport stopped"

    private static let verbs = [
        "create", "clone", "resize", "attach", "detach", "export", "unexport", "snapshot", "removeSnapshot", "revert",
        "retype", "adopt", "forget", "migrate", "transfer", "delete",
    ]

    @Test(arguments: ProcessDatabase.Defect.allCases)
    func `a record that is not kept is detected`(defect: ProcessDatabase.Defect) async throws {
        for seed in 1...200 as ClosedRange<UInt64> {
            var course = ServiceCourse(seed)
            do {
                try await course.run(in: "\(ScratchDirectory.path)/\(seed)", defect)
            } catch {
                return
            }
        }
        Issue.record("200 seeds did not notice it")
    }
}
