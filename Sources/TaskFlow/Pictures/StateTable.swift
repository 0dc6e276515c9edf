/// States, and which may follow which.
public protocol StateTable: CaseIterable, Hashable, Sendable, RawRepresentable<String> {
    /// The states that may follow this one.
    var successors: Set<Self> { get }
}

extension FlowState: StateTable {}
extension AtomState: StateTable {}
extension EngineState: StateTable {}

/// A table of states, to look at.
public struct StateDiagram: Sendable {
    private let transitions: [(from: String, to: [String])]

    /// - Parameter hidden: states that are left out.
    public init<State: StateTable>(of: State.Type, without hidden: Set<State> = []) {
        transitions = State.allCases.filter { !hidden.contains($0) }
            .map { state in
                let successors = State.allCases.filter { state.successors.contains($0) && !hidden.contains($0) }
                return (state.rawValue, successors.map(\.rawValue))
            }
    }

    /// As Mermaid draws it.
    public var mermaid: String {
        let arrows = transitions.flatMap { transition in
            transition.to.map { "    \(transition.from) --> \($0)" }
        }
        return (["stateDiagram-v2"] + arrows).joined(separator: "\n")
    }

    /// As Graphviz draws it.
    public var dot: String {
        let arrows = transitions.flatMap { transition in
            transition.to.map { "    \(transition.from) -> \($0);" }
        }
        return (["digraph states {"] + arrows + ["}"]).joined(separator: "\n")
    }

    /// As a table in Markdown.
    public var table: String {
        let rows = transitions.map { transition in
            "| \(transition.from) | \(transition.to.isEmpty ? "nothing" : transition.to.joined(separator: ", ")) |"
        }
        return (["| from | to |", "| --- | --- |"] + rows).joined(separator: "\n")
    }
}
