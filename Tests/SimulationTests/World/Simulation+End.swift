@testable import TaskFlow

extension Simulation {
    /// Runs without faults until all runs have ended.
    ///
    /// - Throws: when they don't.
    func end() throws {
        for _ in 0..<2000 {
            guard let event = nextGood() else { return }
            try apply(event)
        }
        throw Violation(.liveness, "the runs are \(flows.indices.map { state(of: $0)?.rawValue ?? "not there" })")
    }

    private func nextGood() -> Event? {
        if store.group != nil { return .flush(.durable) }
        for worker in workers.indices {
            if workers[worker].pausedAt != nil { return .wake(worker: worker) }
            for run in flows.indices {
                guard let runner = runner(worker, run) else { continue }
                if runner.phase == .committing { return .commit(worker: worker, run: run, salt: nil) }
                if !runner.performing.isEmpty { return .finish(worker: worker, run: run, step: 0, .succeed) }
            }
        }
        for run in flows.indices where !(state(of: run) == .success || state(of: run) == .reverted) {
            let worker = workers.indices.first { serves($0, run) } ?? 0
            return .start(worker: worker, run: run, options: Event.Options())
        }
        return nil
    }
}
