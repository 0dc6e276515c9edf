import Foundation
import Identity

@testable import TaskFlow

/// Workers that share the runs of a flow in one store and one world, driven by events.
///
/// It has one thread and one clock, which an event advances, so that the same plan and the same events give the same
/// end. All promises are checked after each event.
final class Simulation {
    struct Worker {
        var incarnation = 0
        var pausedAt: Date?
        var runners: [Runner?]
    }

    /// The time after which another worker may take over the runs of a stopped one, in seconds.
    static let lease = 30.0

    let recipe: Recipe
    let flows: [FlowID]
    let store: ModelStore
    let backend = Backend()
    let clock = ModelClock()
    var workers: [Worker]
    /// The events so far.
    private(set) var events: [Event] = []
    /// The runs according to their durable entries.
    var shadows: [FlowID: Shadow] = [:]
    /// The executions and reverts with durable outcomes.
    var outcomes: Set<Backend.Execution> = []
    var reverts: Set<Backend.Execution> = []
    let relations: Relations

    private static let namespace = FlowID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")

    /// The places that each worker serves; all of them if `nil`. Every place is served by a worker.
    let places: [Set<Int>]?

    init(_ plan: FlowPlan, workers: Int, runs: Int, places: [Set<Int>]? = nil, on defect: ModelStore.Defect? = nil)
        throws
    {
        store = ModelStore(defect)
        self.places = places
        recipe = try plan.flow(on: backend).recipe
        guard let namespace = Self.namespace else { throw Violation(.noError, "there is no namespace for runs") }
        flows = (0..<runs).map { FlowID(naming: "\($0)", within: namespace) }
        self.workers = Array(repeating: Worker(runners: Array(repeating: nil, count: runs)), count: workers)
        relations = Relations(recipe)
        backend.know(descendants: relations.descendantsByName)
    }

    /// Applies `event`, if it is possible, and checks all promises.
    ///
    /// - Returns: whether it was possible.
    @discardableResult
    func apply(_ event: Event) throws -> Bool {
        guard try happen(event) else { return false }
        events.append(event)
        if let violation = store.violation ?? backend.takeViolation() { throw violation }
        return true
    }

    private func happen(_ event: Event) throws -> Bool {
        switch event {
        case .start(let worker, let run, let options): return try start(worker, run, options, isReset: false)
        case .reset(let worker, let run): return try start(worker, run, Event.Options(), isReset: true)
        case .commit(let worker, let run, let salt): return try commit(worker, run, salt)
        case .refuse(let worker, let run):
            guard let runner = runner(worker, run), runner.phase == .committing else { return false }
            release(runner.fail())
        case .flush(let flush): return try self.flush(flush)
        case .finish(let worker, let run, let step, let verdict): return try finish(worker, run, step, verdict)
        case .report(let worker, let run, let step, let percent):
            guard let runner = runner(worker, run), runner.phase != .failing, !runner.performing.isEmpty else {
                return false
            }
            let atom = runner.performing[step % runner.performing.count].atom
            _ = runner.flow.progressed(atom, to: Double(percent) / 100, [:])
            try runner.check()
        case .suspend(let worker, let run):
            guard let runner = runner(worker, run), runner.phase != .failing, !runner.isReset else { return false }
            runner.flow.suspend()
        case .cancel(let worker, let run):
            guard let runner = runner(worker, run), runner.phase != .failing, !runner.isReset else { return false }
            runner.cancel()
        case .kill(let worker, let isDurable, let effects): return try kill(worker, isDurable, effects)
        case .pause(let worker):
            guard workers[worker].pausedAt == nil else { return false }
            workers[worker].pausedAt = clock.now
        case .wake(let worker): return try wake(worker)
        case .pass(let seconds):
            clock.pass(Double(seconds))
        }
        return true
    }

    /// The runner of `worker` for a run, if the worker is awake and has one.
    func runner(_ worker: Int, _ run: Int) -> Runner? {
        guard workers[worker].pausedAt == nil, let runner = workers[worker].runners[run], runner.isAlive else {
            return nil
        }
        return runner
    }

    /// Whether the worker serves the place that the run waits for, if any.
    func serves(_ worker: Int, _ run: Int) -> Bool {
        guard let place = store.durable[flows[run]]?.detail.place else { return true }
        return served(by: worker).serve(place)
    }

    func served(by worker: Int) -> Places {
        places.map { .only(Set($0[worker].map { Place("p\($0)") })) } ?? .all
    }

    func release(_ claim: Claim?) {
        if let claim { store.release(claim) }
    }
}
