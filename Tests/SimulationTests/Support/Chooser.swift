import DriverKit

@testable import TaskFlow

/// Chooses the next of the possible events at random.
struct Chooser {
    var random: SplitMix64
    /// The likelihood of faults, in percent.
    let storm: Int

    /// A possible event and its weight among the others.
    private typealias Choice = (weight: Int, event: Event)

    mutating func next(in simulation: Simulation) -> Event? {
        var choices: [Choice] = []
        for worker in simulation.workers.indices { add(&choices, of: worker, in: simulation) }
        if let group = simulation.store.group {
            choices.append((40, .flush(.durable)))
            choices.append((storm / 20, .flush(.lost)))
            choices.append((storm / 20, .flush(.unheard)))
            if simulation.workers[group.worker].pausedAt != nil { choices.append((20, .flush(.durable))) }
        }
        choices.append((3, .pass(1 + random.below(6))))
        let total = choices.reduce(0) { $0 + $1.weight }
        var number = random.below(total)
        for choice in choices {
            number -= choice.weight
            if number < 0 { return choice.event }
        }
        return nil
    }

    private mutating func add(_ choices: inout [Choice], of worker: Int, in simulation: Simulation) {
        guard simulation.workers[worker].pausedAt == nil else {
            choices.append((4, .wake(worker: worker)))
            choices.append((6, .pass(31)))
            return
        }
        var isBusy = false
        for run in simulation.flows.indices {
            if simulation.canStart(worker, run, isReset: false) {
                let options = Event.Options(
                    parallelism: 1 + random.below(4),
                    defersReverts: random.chance(15),
                    neverResolves: random.chance(10)
                )
                // Where it isn't served, a run that waits for a place comes back as it was.
                let weight = simulation.serves(worker, run) ? 20 : 2
                choices.append((weight, .start(worker: worker, run: run, options: options)))
            }
            if simulation.canStart(worker, run, isReset: true) {
                choices.append((3, .reset(worker: worker, run: run)))
            }
            guard let runner = simulation.runner(worker, run) else { continue }
            isBusy = true
            if simulation.canCommit(worker, run) {
                let salt = random.chance(storm / 2) ? random.next() % 1000 : nil
                choices.append((40, .commit(worker: worker, run: run, salt: salt)))
                choices.append((storm / 25, .refuse(worker: worker, run: run)))
            }
            if !runner.performing.isEmpty {
                let step = random.below(runner.performing.count)
                let verdict: Backend.Verdict =
                    random.chance(10 + storm / 4) ? (random.chance(50) ? .fail : .failAfterEffect) : .succeed
                choices.append((40, .finish(worker: worker, run: run, step: step, verdict)))
                let percent = random.below(101)
                choices.append((2, .report(worker: worker, run: run, step: step, percent: percent)))
            }
            choices.append((storm / 30, .suspend(worker: worker, run: run)))
            choices.append((storm / 40, .cancel(worker: worker, run: run)))
        }
        guard isBusy else { return }
        choices.append((storm / 12, .kill(worker: worker, isDurable: random.chance(50), effects: random.next() % 16)))
        if simulation.workers.count > 1 { choices.append((storm / 15, .pause(worker: worker))) }
    }
}
