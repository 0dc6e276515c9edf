/// A diagram of a flow, with the states of its steps if it is one of a run.
public struct FlowPicture: Sendable {
    /// The flow's name.
    let name: String
    /// The names of the steps. Nodes with a larger index are gates, which have no name.
    let steps: [String]
    /// The nodes that each node waits for.
    let predecessors: [[Int]]
    private let states: [String: AtomState]
    /// The steps that failed and were reverted since.
    private let failures: Set<String>

    /// - Parameter states: the states of a run's steps, by name; empty for a diagram of the flow alone.
    public init(of recipe: Recipe, states: [String: AtomState] = [:]) {
        (name, steps, predecessors) = (recipe.name, recipe.steps, recipe.graph.predecessors)
        (self.states, failures) = (states, [])
    }

    /// Creates a diagram of the run that `journal` records.
    public init(of recipe: Recipe, journal: [JournalEntry]) {
        (name, steps, predecessors) = (recipe.name, recipe.steps, recipe.graph.predecessors)
        (states, failures) = Self.outcomes(in: journal)
    }

    /// Creates a diagram of a run whose recipe is not at hand, from the shape that is stored with the run.
    ///
    /// - Parameter name: the flow's name.
    public init(of shape: FlowShape, named name: String, journal: [JournalEntry]) {
        let steps = shape.atoms.map(\.name)
        let numbers = Dictionary(zip(steps, steps.indices), uniquingKeysWith: { first, _ in first })
        self.name = name
        self.steps = steps
        predecessors = (shape.atoms.map(\.after) + shape.joins)
            .map { wait in wait.atoms.compactMap { numbers[$0] } + wait.joins.map { steps.count + $0 } }
        (states, failures) = Self.outcomes(in: journal)
    }

    /// The last state of each step, and the steps that failed before their last revert.
    private static func outcomes(in journal: [JournalEntry]) -> (states: [String: AtomState], failures: Set<String>) {
        var (states, failures) = ([String: AtomState](), Set<String>())
        for entry in journal {
            if entry.isReset { (states, failures) = ([:], []) }
            guard !entry.atom.isEmpty else { continue }
            states[entry.atom] = entry.state
            switch entry.state {
            case .failure: failures.insert(entry.atom)
            case .reverting, .reverted, .revertFailure: break
            case .pending, .running, .success, .retrying, .ignore: failures.remove(entry.atom)
            }
        }
        return (states, failures.filter { states[$0] != .failure })
    }

    /// The diagram in Graphviz's language, for `dot -Tsvg`.
    public var dot: String {
        let nodes = nodes.map { node in
            guard let name = name(of: node) else { return "  n\(node) [shape=point]" }
            let color = state(of: node).map { ", style=filled, fillcolor=\"\($0.color)\"" } ?? ""
            return "  n\(node) [label=\"\(label(name, node, newLine: "\\n"))\"\(color)]"
        }
        let edges = edges.map { "  n\($0.from) -> n\($0.to)" }
        let head = ["digraph \"\(escaped(name))\" {", "  rankdir=LR", "  node [shape=box, fontname=\"sans-serif\"]"]
        return (head + nodes + edges + ["}"]).joined(separator: "\n")
    }

    /// The diagram in Mermaid's language.
    public var mermaid: String {
        let nodes = nodes.map { node in
            guard let name = name(of: node) else { return "  n\(node)(( ))" }
            return "  n\(node)[\"\(label(name, node, newLine: "<br/>"))\"]"
        }
        let edges = edges.map { "  n\($0.from) --> n\($0.to)" }
        let colors = self.nodes.compactMap { node in
            state(of: node).map { "  style n\(node) fill:\($0.color),color:#000000" }
        }
        return (["flowchart LR"] + nodes + edges + colors).joined(separator: "\n")
    }

    /// The diagram as plain text: a line for each step, with its state, and the steps it waits for unless that is just
    /// the one above.
    public var text: String {
        let width = steps.map(\.count).max() ?? 0
        return steps.indices
            .map { atom in
                let name = steps[atom]
                let padding = String(repeating: " ", count: width - name.count)
                let state = stateWords(of: atom).map { "  " + $0 } ?? ""
                let earlier = waitsFor(atom)
                let isPlain = earlier == (atom == 0 ? [] : [atom - 1])
                let after =
                    isPlain
                    ? ""
                    : earlier.isEmpty ? "  at once" : "  after " + earlier.map { steps[$0] }.joined(separator: ", ")
                return name + (state.isEmpty && after.isEmpty ? "" : padding) + state + after
            }
            .joined(separator: "\n")
    }

    var nodes: Range<Int> { predecessors.indices }

    private var edges: [(from: Int, to: Int)] {
        nodes.flatMap { node in predecessors[node].map { (from: $0, to: node) } }
    }

    /// `nil` for a gate.
    func name(of node: Int) -> String? { steps.indices.contains(node) ? steps[node] : nil }

    func state(of node: Int) -> AtomState? { name(of: node).flatMap { states[$0] } }

    /// The state of a node in words, with the failure before its revert; `nil` for a gate, and without a state.
    func stateWords(of node: Int) -> String? {
        guard let name = name(of: node), let state = states[name] else { return nil }
        return failures.contains(name) ? "FAILURE, \(state.rawValue)" : state.rawValue
    }

    /// Whether a step has failed, whatever has become of it since.
    func hasFailed(_ node: Int) -> Bool {
        guard let name = name(of: node) else { return false }
        return failures.contains(name) || states[name] == .failure || states[name] == .revertFailure
    }

    private func label(_ name: String, _ node: Int, newLine: String) -> String {
        escaped(name) + (stateWords(of: node).map { newLine + $0 } ?? "")
    }

    /// The atoms that `node` waits for, directly or through gates.
    private func waitsFor(_ node: Int) -> [Int] {
        predecessors[node].flatMap { name(of: $0) == nil ? waitsFor($0) : [$0] }.sorted()
    }

    /// Replaces quotation marks and backslashes, which would end or change the label.
    private func escaped(_ name: String) -> String {
        String(name.map { $0 == "\"" ? "'" : $0 == "\\" ? "/" : $0 })
    }
}

extension AtomState {
    /// The colour of the state, pale enough for black text.
    var color: String {
        switch self {
        case .pending, .ignore: "#eeeeee"
        case .running, .reverting, .retrying: "#ffe599"
        case .success: "#b6d7a8"
        case .failure, .revertFailure: "#ea9999"
        case .reverted: "#c9daf8"
        }
    }
}
