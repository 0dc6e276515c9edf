public import FoundationEssentials

/// Something that a ``Notifier`` tells of.
public protocol Occurrence: Sendable {
    /// What one may want to hear of and not of others.
    associatedtype Kind: Hashable & Sendable
    /// Which it is.
    var kind: Kind { get }
    /// What it is about, for people: `step 'reserve-space'`.
    var subject: String { get }
}

/// Something went from one state to another.
public protocol StateChange: Occurrence {
    /// What it may be in.
    associatedtype State: Hashable & Sendable
    /// What it is in now.
    var state: State { get }
    /// What it was in before.
    var oldState: State { get }
}

extension StateChange {
    /// The state that it is in now.
    public var kind: State { state }
}

/// A flow went from one state to another.
public struct FlowChange: StateChange {
    /// The run.
    public let flow: FlowID
    /// The flow's name.
    public let name: String
    /// What it is in now.
    public let state: FlowState
    /// What it was in before.
    public let oldState: FlowState
    /// When that was decided, by the engine's clock.
    public let at: Date
    /// What has gone wrong so far and was not made good by a retry, in the order of the steps.
    public let failures: [Failure]

    /// `flow 'create-volume'`.
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
    /// What it is in now.
    public let state: AtomState
    /// What it was in before.
    public let oldState: AtomState
    /// When that was decided, by the engine's clock.
    public let at: Date
    /// Which attempt this is of the innermost flow around the step that has a retry, or of a retry's own; from 1.
    public let attempt: Int
    /// What went wrong; only with `FAILURE` and `REVERT_FAILURE`.
    public let failure: Failure?

    let lowered: LoweredAtom
    let inputValues: [(any Sendable)?]
    let outcome: Outcome<[any Sendable]>?

    /// Whether the step is the retry of a flow.
    public var isRetry: Bool { lowered.isRetry }

    /// `step 'reserve-space'`.
    public var subject: String { "step '\(atom)'" }

    /// What the step takes, by the name of its field. What is optional and left out is not in it.
    public var inputs: [String: any Sendable] { Self.dictionary(taken) }

    /// What the step gave, by symbol; only with `SUCCESS`.
    public var output: [String: any Sendable] { Self.dictionary(given) }

    /// What came of the execution that is, was, or should have been reverted, its output by symbol; only with `REVERTING`,
    /// `REVERTED` and `REVERT_FAILURE`.
    public var reverts: Outcome<[String: any Sendable]>? {
        guard [.reverting, .reverted, .revertFailure].contains(state) else { return nil }
        return switch outcome {
        case .succeeded(let values): .succeeded(Self.dictionary(lowered.outputs(values)))
        case .failed(let failure): .failed(failure)
        case .unknown: .unknown
        case nil: nil
        }
    }

    /// What the step takes, in the order of its fields.
    var taken: [NamedValue] { lowered.inputs(inputValues) }

    /// What the step gave, in the order of its fields; only with `SUCCESS`.
    var given: [NamedValue] {
        guard state == .success, case .succeeded(let values) = outcome else { return [] }
        return lowered.outputs(values)
    }

    /// Everything that the step took and gave, for ``Hiding``.
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
