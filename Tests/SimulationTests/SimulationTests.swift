import Foundation
import Testing

@testable import TaskFlow

struct SimulationTests {
    /// The number of seeds to try.
    static let count = ProcessInfo.processInfo.environment["VOLSIM_SEEDS"].flatMap { Int($0) } ?? 10_000
    static let only = ProcessInfo.processInfo.environment["VOLSIM_SEED"].flatMap { UInt64($0) }

    @Test func `no seed breaks a promise`() async throws {
        let (seeds, lanes) = (Self.only.map { $0...$0 } ?? 1...UInt64(Self.count), UInt64(2))
        let broken = await withTaskGroup(of: [Violation.Rule: Seed].self) { group in
            for lane in 0..<lanes {
                group.addTask {
                    var broken: [Violation.Rule: Seed] = [:]
                    for number in seeds where number % lanes == lane {
                        guard let rule = Seed(number).run().violation?.rule, broken[rule] == nil else { continue }
                        broken[rule] = Seed(number)
                    }
                    return broken
                }
            }
            return await group.reduce(into: [:]) { $0.merge($1) { $0.number < $1.number ? $0 : $1 } }
        }
        for seed in broken.values { Issue.record("\(seed)\n\(seed.run().shrunk())") }
    }

    @Test(arguments: ModelStore.Defect.allCases)
    func `a store that breaks a promise is detected`(defect: ModelStore.Defect) {
        let seed = (1...1000).map { Seed($0, on: defect) }.lazy.first { $0.run().violation != nil }
        #expect(seed != nil)
    }

    @Test func `the same seed gives the same simulation`() {
        for number in 1...20 as ClosedRange<UInt64> { #expect("\(Seed(number).run())" == "\(Seed(number).run())") }
    }

    @Test func `a failing simulation is shrunk to fewer events that break the same promise`() throws {
        let seeds = (1...1000 as ClosedRange<UInt64>).lazy.map { Seed($0, on: .ignoresEpochs) }
        let course = try #require(seeds.map { $0.run() }.first { $0.violation?.rule == .oneEpochWrites })
        let shrunk = course.shrunk()
        #expect(shrunk.violation?.rule == .oneEpochWrites)
        #expect(shrunk.events.count < course.events.count)
        #expect(shrunk.replayed(shrunk.plan, shrunk.events).violation == shrunk.violation)
    }
}
