/// A violation of a promise.
struct Violation: Error, Hashable, CustomStringConvertible {
    /// The promise that was broken; a shrunk simulation must break the same one.
    enum Rule: String {
        case oneEpochWrites = "I2: at most one epoch's write succeeds per step"
        case liveness = "I4: every flow comes to an end once faults stop"
        case nothingLeft = "I5: what is reverted leaves nothing behind"
        case undoOrder = "I5: nothing is undone before what depends on it"
        case durableStart = "I6: no step runs before its start and its inputs are durable"
        case onceOnly = "I6: an outcome that is durable is not executed again"
        case appendOnly = "I7: the journal only grows"
        case exactlyOnce = "a transactional step happens exactly once"
        case place = "a step runs at its place alone, and a run that waits for a place has a job there"
        case stateTables = "the tables of states are obeyed"
        case listeners = "listeners hear what happened"
        case replay = "the journal tells what the live run knows"
        case operation = "an operation has a name of its own"
        case noError = "the engine never trips over itself"
    }

    let rule: Rule
    let what: String

    init(_ rule: Rule, _ what: String) {
        self.rule = rule
        self.what = what
    }

    var description: String { "\(rule.rawValue)\n  but \(what)" }
}
