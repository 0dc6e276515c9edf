import Testing

@testable import TaskFlow

/// An exhaustive search: every order in which two workers can run three steps when one of them stops.
struct InterleavingTests {
    /// - Parameter isPlaced: whether the first step runs at the place of the first worker, and the last at that of the second.
    static func plan(isPlaced: Bool) -> FlowPlan {
        func place(_ base: Int) -> PlacePlan? { isPlaced ? PlacePlan(base: base, count: 2, isByInput: false) : nil }
        return FlowPlan(
            number: 0,
            pattern: .linear,
            parts: [
                .step(StepPlan(number: 1, kind: .undoable, place: place(0))),
                .step(StepPlan(number: 2, kind: .undoableTransactional, reads: [1])),
                .step(StepPlan(number: 3, kind: .undoable, reads: [2], place: place(1))),
            ]
        )
    }

    @Test(arguments: [Backend.Verdict.succeed, .failAfterEffect], [false, true])
    func `two workers with three steps keep all promises in every order and wherever one of them stops`(
        verdict: Backend.Verdict,
        isPlaced: Bool
    ) throws {
        let places: [Set<Int>]? = isPlaced ? [[0], [1]] : nil
        var path = Path()
        var count = 0
        repeat {
            let simulation = try Simulation(Self.plan(isPlaced: isPlaced), workers: 2, runs: 1, places: places)
            path.restart()
            var faults = 1
            do {
                while true {
                    let choices = Self.choices(in: simulation, last: verdict, faults: faults)
                    guard !choices.isEmpty else { break }
                    let choice = choices[path.choose(among: choices.count)]
                    for event in choice.events { try simulation.apply(event) }
                    faults -= choice.isFault ? 1 : 0
                }
                try simulation.end()
            } catch {
                let events = simulation.events.map { "  \($0)" }.joined(separator: "\n")
                Issue.record("\(error)\n\(events)")
                return
            }
            count += 1
        } while path.advance()
        // A step that runs at one place alone leaves fewer orders.
        #expect(count > (isPlaced ? 50 : 100))
    }

    private typealias Choice = (events: [Event], isFault: Bool)

    /// The possible next events, with faults while any are left.
    private static func choices(in simulation: Simulation, last: Backend.Verdict, faults: Int) -> [Choice] {
        var choices: [Choice] = []
        if simulation.store.group != nil { choices.append(([.flush(.durable)], false)) }
        for worker in 0..<2 {
            guard simulation.workers[worker].pausedAt == nil else {
                choices.append(([.wake(worker: worker)], false))
                continue
            }
            if simulation.canStart(worker, 0, isReset: false), simulation.serves(worker, 0),
                simulation.state(of: 0) != nil || worker == 0
            {
                choices.append(([.start(worker: worker, run: 0, options: Event.Options())], false))
            }
            guard let runner = simulation.runner(worker, 0) else { continue }
            if simulation.canCommit(worker, 0) {
                choices.append(([.commit(worker: worker, run: 0, salt: nil)], false))
            }
            if let step = runner.performing.first {
                let isLast = step.call.context.atom == "s3" && !step.call.context.isReverting
                choices.append(([.finish(worker: worker, run: 0, step: 0, isLast ? last : .succeed)], false))
            }
            guard faults > 0 else { continue }
            choices.append(([.pause(worker: worker), .pass(31)], true))
            for isDurable in simulation.store.group?.worker == worker ? [false, true] : [false] {
                for effects: UInt64 in runner.performing.isEmpty ? [0] : [0, 1] {
                    choices.append(([.kill(worker: worker, isDurable: isDurable, effects: effects)], true))
                }
            }
        }
        return choices
    }
}

/// A path through a tree of choices. The next path differs from it as late as possible.
private struct Path {
    private var chosen: [(choice: Int, count: Int)] = []
    private var depth = 0

    mutating func restart() { depth = 0 }

    mutating func choose(among count: Int) -> Int {
        defer { depth += 1 }
        if depth == chosen.count { chosen.append((0, count)) }
        return chosen[depth].choice
    }

    /// - Returns: whether there is another path.
    mutating func advance() -> Bool {
        while let last = chosen.popLast() {
            guard last.choice + 1 < last.count else { continue }
            chosen.append((last.choice + 1, last.count))
            return true
        }
        return false
    }
}
