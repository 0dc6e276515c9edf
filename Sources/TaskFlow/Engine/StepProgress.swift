internal import FoundationEssentials

/// How far a step has come, as it tells itself.
public struct StepProgress: Sendable, Hashable, Codable {
    /// From 0, nothing, to 1, all.
    public internal(set) var fraction: Double
    /// What it told beside that, the last time that it told anything: `["stage": "copy"]`.
    public internal(set) var details: [String: String] = [:]
    /// How far it was then.
    public internal(set) var detailedAt: Double?

    init(_ fraction: Double) { self.fraction = fraction }
}

/// A step has come further.
public struct ProgressChange: StateChange {
    /// The run that the step belongs to.
    public let flow: FlowID
    /// The step's name.
    public let atom: String
    /// How far it is, from 0 to 1.
    public let state: Double
    /// How far it was.
    public let oldState: Double
    /// What it told beside that.
    public let details: [String: String]

    /// `the progress of step 'copy'`.
    public var subject: String { "the progress of step '\(atom)'" }
}

extension TaskContext {
    /// Tells how far the step is, which listeners hear at once, and which is stored: not each time, but when a second and a
    /// hundredth of the way have passed since the last time, and with the step's end.
    ///
    /// - Parameters:
    ///   - fraction: from 0, nothing, to 1, all; what is outside counts as the nearer end.
    ///   - details: what people may want to know beside that.
    public func report(_ fraction: Double, details: [String: String] = [:]) {
        reporter?.report(fraction.isNaN ? 0 : min(1, max(0, fraction)), details)
    }
}

/// Where a step tells how far it is. Whoever keeps one keeps the engine.
struct ProgressReporter: Sendable {
    fileprivate let engine: any ReportedEngine
    fileprivate let step: Int

    init(engine: any ReportedEngine, step: Int) { (self.engine, self.step) = (engine, step) }

    fileprivate func report(_ fraction: Double, _ details: [String: String]) {
        engine.report(fraction, details, of: step)
    }
}

/// An engine of whatever store.
protocol ReportedEngine: Sendable, AnyObject {
    func report(_ fraction: Double, _ details: [String: String], of atom: Int)
}

extension FlowRun {
    /// - Returns: what to tell, if anybody listens, up to which registration, and whether it is worth storing; a step that
    ///   has ended is not heard.
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

    /// - Returns: how far it was.
    mutating func completeProgress(of atom: Int) -> Double {
        defer { progress[atom]?.fraction = 1 }
        return progress[atom]?.fraction ?? 0
    }

    mutating func tellProgress(of atom: Int, from old: Double, to fraction: Double) {
        guard let (change, last) = progressChange(of: atom, from: old, to: fraction, [:]) else { return }
        changes.append(.progress(change, upTo: last))
    }

    /// `nil` if nobody listens.
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

    /// How far the step named `name` is; `nil` if it has not started.
    func progress(of name: String) -> StepProgress? {
        guard let atom = recipe.steps.firstIndex(of: name) else { return nil }
        switch machine.atoms[atom] {
        case .success, .reverted: return progress[atom] ?? StepProgress(1)
        case .running, .reverting, .failure, .revertFailure: return progress[atom] ?? StepProgress(0)
        case .pending, .ignore, .retrying: return nil
        }
    }
}
