import DriverKit
import Foundation

@testable import TaskFlow

/// A simulation that is determined by one number.
struct Seed: Sendable {
    let number: UInt64
    var defect: ModelStore.Defect?

    /// The course of a simulation.
    struct Course: Sendable {
        let plan: FlowPlan
        let workers: Int
        let runs: Int
        /// The places that each worker serves; all of them if `nil`.
        var places: [Set<Int>]?
        let defect: ModelStore.Defect?
        var events: [Event] = []
        var violation: Violation?
    }

    init(_ number: UInt64, on defect: ModelStore.Defect? = nil) {
        self.number = number
        self.defect = defect
    }

    /// Runs the simulation up to the first violation.
    func run() -> Course {
        var random = SplitMix64(seed: number)
        var plan = FlowPlan.random(using: &random)
        let (workers, runs, storm) = (1 + random.below(3), random.chance(15) ? 2 : 1, random.below(100))
        let length = 15 + random.below(45)
        var chooser = Chooser(random: random, storm: storm)
        var places: [Set<Int>]?
        if number % 2 == 0 || defect == .losesJobs {
            var random = SplitMix64(seed: SplitMix64.mix(number))
            places = (0..<workers).map { random.chance(20) ? [$0, ($0 + 1) % workers] : [$0] }
            plan = plan.placed(among: workers, using: &random)
        }
        return Course(plan: plan, workers: workers, runs: runs, places: places, defect: defect)
            .simulated { simulation in
                for _ in 0..<length {
                    guard let event = chooser.next(in: simulation) else { return }
                    try simulation.apply(event)
                }
            }
    }
}

extension Seed.Course {
    /// Runs the simulation with other events, and then without faults to the end.
    func replayed(_ plan: FlowPlan, _ events: [Event]) -> Seed.Course {
        Seed.Course(plan: plan, workers: workers, runs: runs, places: places, defect: defect)
            .simulated { simulation in
                for event in events { try simulation.apply(event) }
            }
    }

    /// Runs `trouble`, and then without faults to the end.
    fileprivate func simulated(_ trouble: (Simulation) throws -> Void) -> Seed.Course {
        var course = self
        do {
            let simulation = try Simulation(plan, workers: workers, runs: runs, places: places, on: defect)
            defer { course.events = simulation.events }
            try trouble(simulation)
            try simulation.end()
        } catch let violation as Violation {
            course.violation = violation
        } catch {
            course.violation = Violation(.noError, "it threw \(error)")
        }
        return course
    }

    /// Shrinks the events and the flow as far as they still break the same promise.
    func shrunk() -> Seed.Course {
        guard let rule = violation?.rule else { return self }
        var best = self
        func improves(_ plan: FlowPlan, _ events: [Event]) -> Bool {
            let course = replayed(plan, events)
            guard course.violation?.rule == rule else { return false }
            best = course
            // A flow that never ends does not need the events after the trouble.
            if rule == .liveness { best.events = Array(course.events.prefix(events.count)) }
            return true
        }
        var isSmaller = true
        while isSmaller {
            isSmaller = false
            var size = max(1, best.events.count / 2)
            while size >= 1 {
                var start = 0
                while start < best.events.count {
                    var events = best.events
                    events.removeSubrange(start..<min(start + size, events.count))
                    let before = best.events.count
                    if improves(best.plan, events), best.events.count < before {
                        isSmaller = true
                    } else {
                        start += size
                    }
                }
                size /= 2
            }
            while let _ = best.plan.smaller().first(where: { improves($0, best.events) }) { isSmaller = true }
        }
        return best
    }
}

extension Seed.Course: CustomStringConvertible {
    var description: String {
        let steps = events.enumerated().map { "  \($0.offset + 1). \($0.element)" }.joined(separator: "\n")
        return """
            \(violation.map { "\($0)" } ?? "nothing was broken")
            flow, \(runs) run\(runs == 1 ? "" : "s"), \(workers) worker\(workers == 1 ? "" : "s")\(places.map { " of places \($0.map { $0.sorted() })" } ?? ""):
            \(plan)
            events:
            \(steps)
            """
    }
}

extension Seed: CustomStringConvertible {
    var description: String { "VOLSIM_SEED=\(number)" + (Self.commit.map { " commit=\($0)" } ?? "") }

    /// The commit that is checked out; `nil` if it can't be read.
    private static let commit: String? = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let git = root.appending(path: ".git")
        guard let head = try? String(contentsOf: git.appending(path: "HEAD"), encoding: .utf8) else { return nil }
        let words = head.split(whereSeparator: \.isWhitespace).map(String.init)
        guard words.first == "ref:", words.count == 2 else { return words.first.map { String($0.prefix(12)) } }
        let hash = try? String(contentsOf: git.appending(path: words[1]), encoding: .utf8)
        return hash.map { String($0.prefix(12)) }
    }()
}
