internal import FoundationEssentials

/// The progress of a step, as the step reports it.
public struct StepProgress: Sendable, Hashable, Codable {
    /// The completed fraction of the work, from 0 to 1.
    public internal(set) var fraction: Double
    /// The last details that the step reported, such as `["stage": "copy"]`.
    public internal(set) var details: [String: String] = [:]
    /// The fraction with which the details were reported.
    public internal(set) var detailedAt: Double?

    init(_ fraction: Double) { self.fraction = fraction }
}

/// A change of a step's progress.
public struct ProgressChange: StateChange {
    /// The run that the step belongs to.
    public let flow: FlowID
    /// The step's name.
    public let atom: String
    /// The completed fraction of the work, from 0 to 1.
    public let state: Double
    /// The previous fraction.
    public let oldState: Double
    /// The details that the step reported.
    public let details: [String: String]

    /// The step, as a message names it: `the progress of step 'copy'`.
    public var subject: String { "the progress of step '\(atom)'" }
}

extension TaskContext {
    /// Reports the step's progress. Listeners are notified at once. The progress is stored when at least a second and a
    /// hundredth of the work have passed since it was stored last, and at the step's end.
    ///
    /// - Parameters:
    ///   - fraction: the completed fraction of the work; values outside 0 to 1 are clamped.
    ///   - details: further information for a person.
    public func report(_ fraction: Double, details: [String: String] = [:]) {
        reporter?.report(fraction.isNaN ? 0 : min(1, max(0, fraction)), details)
    }
}

/// Passes the progress of a step to its engine. A reporter keeps the engine alive.
struct ProgressReporter: Sendable {
    fileprivate let engine: any ReportedEngine
    fileprivate let step: Int

    init(engine: any ReportedEngine, step: Int) { (self.engine, self.step) = (engine, step) }

    fileprivate func report(_ fraction: Double, _ details: [String: String]) {
        engine.report(fraction, details, of: step)
    }
}

/// An engine, regardless of the type of its store.
protocol ReportedEngine: Sendable, AnyObject {
    func report(_ fraction: Double, _ details: [String: String], of atom: Int)
}

extension FlowRun {
    /// Records the progress that a step reports; does nothing if the step has ended.
    ///
    /// - Returns: the change to notify of, with the last registration, if there are listeners; and whether the progress
    ///   is to be stored now.
    mutating func progressed(
        _ atom: Int,
        to fraction: Double,
        _ details: [String: String]
    ) -> ((change: ProgressChange, last: Int)?, Bool) {
        guard [.running, .reverting].contains(machine.atoms[atom]) else { return (nil, false) }
        var current = progress[atom] ?? StepProgress(0)
        let change = progressChange(of: atom, from: current.fraction, to: fraction, details)
        current.fraction = fraction
        if !details.isEmpty { (current.details, current.detailedAt) = (details, fraction) }
        progress[atom] = current
        let last = storedProgress[atom] ?? (startedAt[atom] ?? detail.createdAt, 0)
        let time = now()
        guard time.timeIntervalSince(last.at) >= 1, abs(fraction - last.fraction) >= 0.01 else {
            return (change, false)
        }
        storedProgress[atom] = (time, fraction)
        note(atom)
        return (change, true)
    }

    /// - Returns: the fraction before.
    mutating func completeProgress(of atom: Int) -> Double {
        defer { progress[atom]?.fraction = 1 }
        return progress[atom]?.fraction ?? 0
    }

    mutating func tellProgress(of atom: Int, from old: Double, to fraction: Double) {
        guard let (change, last) = progressChange(of: atom, from: old, to: fraction, [:]) else { return }
        changes.append(.progress(change, upTo: last))
    }

    /// - Returns: `nil` if there are no listeners.
    private func progressChange(
        of atom: Int,
        from old: Double,
        to fraction: Double,
        _ details: [String: String]
    ) -> (change: ProgressChange, last: Int)? {
        guard let last = audience?.progress.audience(for: fraction) else { return nil }
        let name = recipe.atoms[atom].atom.name
        let change = ProgressChange(flow: detail.id, atom: name, state: fraction, oldState: old, details: details)
        return (change, last)
    }

    /// The progress of the step named `name`; `nil` if it has not started.
    func progress(of name: String) -> StepProgress? {
        guard let atom = recipe.steps.firstIndex(of: name) else { return nil }
        switch machine.atoms[atom] {
        case .success, .reverted: return progress[atom] ?? StepProgress(1)
        case .running, .reverting, .failure, .revertFailure: return progress[atom] ?? StepProgress(0)
        case .pending, .ignore, .retrying: return nil
        }
    }
}
