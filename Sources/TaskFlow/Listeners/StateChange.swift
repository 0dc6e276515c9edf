public import FoundationEssentials

/// An event of which a ``Notifier`` notifies its handlers.
public protocol Occurrence: Sendable {
    /// The kinds for which handlers can register.
    associatedtype Kind: Hashable & Sendable
    /// The event's kind.
    var kind: Kind { get }
    /// The thing that the event is about, as a message names it: `step 'reserve-space'`.
    var subject: String { get }
}

/// A change from one state to another.
public protocol StateChange: Occurrence {
    /// The type of the states.
    associatedtype State: Hashable & Sendable
    /// The new state.
    var state: State { get }
    /// The state before the change.
    var oldState: State { get }
}

extension StateChange {
    /// The new state.
    public var kind: State { state }
}

/// A flow went from one state to another.
public struct FlowChange: StateChange {
    /// The run.
    public let flow: FlowID
    /// The flow's name.
    public let name: String
    /// The new state.
    public let state: FlowState
    /// The state before the change.
    public let oldState: FlowState
    /// The time of the change, by the engine's clock.
    public let at: Date
    /// The failures so far that no retry has resolved, in the order of the steps.
    public let failures: [Failure]
    /// The place that the run waits for; only with `SUSPENDING` and `SUSPENDED`, if the run has been handed over.
    public let place: Place?

    /// The flow, as a message names it: `flow 'create-volume'`.
    public var subject: String { "flow '\(name)'" }
}

/// A step went from one state to another.
public struct AtomChange: StateChange {
    /// The run that the step belongs to.
    public let flow: FlowID
    /// The flow's name.
    public let flowName: String
    /// The step's name.
    public let atom: String
    /// The new state.
    public let state: AtomState
    /// The state before the change.
    public let oldState: AtomState
    /// The time of the change, by the engine's clock.
    public let at: Date
    /// The number of the attempt, from 1, of the innermost flow around the step that has a retry; for a retry, of its
    /// own flow.
    public let attempt: Int
    /// The failure; only with `FAILURE` and `REVERT_FAILURE`.
    public let failure: Failure?

    let lowered: LoweredAtom
    let inputValues: [(any Sendable)?]
    let outcome: Outcome<[any Sendable]>?

    /// Whether the step is the retry of a flow.
    public var isRetry: Bool { lowered.isRetry }

    /// The step, as a message names it: `step 'reserve-space'`.
    public var subject: String { "step '\(atom)'" }

    /// The step's inputs, by the names of the fields, without optional inputs that are absent.
    public var inputs: [String: any Sendable] { Self.dictionary(taken) }

    /// The step's outputs, by symbol; only with `SUCCESS`.
    public var output: [String: any Sendable] { Self.dictionary(given) }

    /// The outcome of the execution that the revert is about, with the outputs by symbol; only with `REVERTING`,
    /// `REVERTED` and
    /// `REVERT_FAILURE`.
    public var reverts: Outcome<[String: any Sendable]>? {
        guard [.reverting, .reverted, .revertFailure].contains(state) else { return nil }
        return switch outcome {
        case .succeeded(let values): .succeeded(Self.dictionary(lowered.outputs(values)))
        case .failed(let failure): .failed(failure)
        case .unknown: .unknown
        case nil: nil
        }
    }

    /// The step's inputs, in the order of the fields.
    var taken: [NamedValue] { lowered.inputs(inputValues) }

    /// The step's outputs, in the order of the fields; only with `SUCCESS`.
    var given: [NamedValue] {
        guard state == .success, case .succeeded(let values) = outcome else { return [] }
        return lowered.outputs(values)
    }

    /// All inputs and outputs of the step, for ``Hiding``.
    var values: [NamedValue] {
        guard case .succeeded(let values) = outcome else { return taken }
        return taken + lowered.outputs(values)
    }

    private static func dictionary(_ values: [NamedValue]) -> [String: any Sendable] {
        Dictionary(values.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }
}

extension LoweredAtom {
    /// - Parameter values: in the order of the atom's fields.
    func inputs(_ values: [(any Sendable)?]) -> [NamedValue] {
        zip(requires, values)
            .compactMap { requirement, value in
                value.map { NamedValue(name: requirement.field, symbol: requirement.symbol.name, value: $0) }
            }
    }

    /// - Parameter values: in the order of the atom's ports.
    func outputs(_ values: [any Sendable]) -> [NamedValue] {
        zip(provides, values).map { NamedValue(name: $0.name, symbol: $0.name, value: $1) }
    }
}
