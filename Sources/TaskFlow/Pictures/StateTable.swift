/// A set of states and their transitions.
public protocol StateTable: CaseIterable, Hashable, Sendable, RawRepresentable<String> {
    /// The states that may follow this one.
    var successors: Set<Self> { get }
}

extension FlowState: StateTable {}
extension AtomState: StateTable {}
extension EngineState: StateTable {}

/// A state table as a diagram or table for documentation.
public struct StateDiagram: Sendable {
    private let transitions: [(from: String, to: [String])]

    /// - Parameter hidden: the states to leave out.
    public init<State: StateTable>(of: State.Type, without hidden: Set<State> = []) {
        transitions = State.allCases.filter { !hidden.contains($0) }
            .map { state in
                let successors = State.allCases.filter { state.successors.contains($0) && !hidden.contains($0) }
                return (state.rawValue, successors.map(\.rawValue))
            }
    }

    /// The diagram in Mermaid's language.
    public var mermaid: String {
        let arrows = transitions.flatMap { transition in
            transition.to.map { "    \(transition.from) --> \($0)" }
        }
        return (["stateDiagram-v2"] + arrows).joined(separator: "\n")
    }

    /// The diagram in Graphviz's language.
    public var dot: String {
        let arrows = transitions.flatMap { transition in
            transition.to.map { "    \(transition.from) -> \($0);" }
        }
        return (["digraph states {"] + arrows + ["}"]).joined(separator: "\n")
    }

    /// The transitions as a Markdown table.
    public var table: String {
        let rows = transitions.map { transition in
            "| \(transition.from) | \(transition.to.isEmpty ? "nothing" : transition.to.joined(separator: ", ")) |"
        }
        return (["| from | to |", "| --- | --- |"] + rows).joined(separator: "\n")
    }
}
