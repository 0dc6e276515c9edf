/// A diagram of a compiled flow, with the states of its steps if it is one of a run.
public struct FlowPicture: Sendable {
    private let recipe: Recipe
    private let states: [String: AtomState]

    /// - Parameter states: the states of a run's steps, by name; empty for a diagram of the flow alone.
    public init(of recipe: Recipe, states: [String: AtomState] = [:]) {
        self.recipe = recipe
        self.states = states
    }

    /// Creates a diagram of the run that `journal` records.
    public init(of recipe: Recipe, journal: [JournalEntry]) {
        self.init(of: recipe, states: Dictionary(journal.map { ($0.atom, $0.state) }, uniquingKeysWith: { $1 }))
    }

    /// The diagram in Graphviz's language, for `dot -Tsvg`.
    public var dot: String {
        let nodes = nodes.map { node in
            guard let name = name(of: node) else { return "  n\(node) [shape=point]" }
            let color = state(of: node).map { ", style=filled, fillcolor=\"\($0.color)\"" } ?? ""
            return "  n\(node) [label=\"\(label(name, node, newLine: "\\n"))\"\(color)]"
        }
        let edges = edges.map { "  n\($0.from) -> n\($0.to)" }
        let head = [
            "digraph \"\(escaped(recipe.name))\" {", "  rankdir=LR", "  node [shape=box, fontname=\"sans-serif\"]",
        ]
        return (head + nodes + edges + ["}"]).joined(separator: "\n")
    }

    /// The diagram in Mermaid's language.
    public var mermaid: String {
        let nodes = nodes.map { node in
            guard let name = name(of: node) else { return "  n\(node)(( ))" }
            return "  n\(node)[\"\(label(name, node, newLine: "<br/>"))\"]"
        }
        let edges = edges.map { "  n\($0.from) --> n\($0.to)" }
        let colors = nodes.indices.compactMap { node in
            state(of: node).map { "  style n\(node) fill:\($0.color)" }
        }
        return (["flowchart LR"] + nodes + edges + colors).joined(separator: "\n")
    }

    /// The diagram as plain text: a line for each step, with its state, and the steps it waits for unless that is just
    /// the one above.
    public var text: String {
        let width = recipe.steps.map(\.count).max() ?? 0
        return recipe.steps.indices
            .map { atom in
                let name = recipe.steps[atom]
                let padding = String(repeating: " ", count: width - name.count)
                let state = state(of: atom).map { "  " + $0.rawValue } ?? ""
                let earlier = waitsFor(atom)
                let isPlain = earlier == (atom == 0 ? [] : [atom - 1])
                let after =
                    isPlain
                    ? ""
                    : earlier.isEmpty
                        ? "  at once" : "  after " + earlier.map { recipe.steps[$0] }.joined(separator: ", ")
                return name + (state.isEmpty && after.isEmpty ? "" : padding) + state + after
            }
            .joined(separator: "\n")
    }

    private var nodes: Range<Int> { recipe.graph.predecessors.indices }

    private var edges: [(from: Int, to: Int)] {
        nodes.flatMap { node in recipe.graph.predecessors[node].map { (from: $0, to: node) } }
    }

    /// `nil` for a gate.
    private func name(of node: Int) -> String? { recipe.graph.isGate(node) ? nil : recipe.steps[node] }

    private func state(of node: Int) -> AtomState? { name(of: node).flatMap { states[$0] } }

    private func label(_ name: String, _ node: Int, newLine: String) -> String {
        escaped(name) + (state(of: node).map { newLine + $0.rawValue } ?? "")
    }

    /// The atoms that `node` waits for, directly or through gates.
    private func waitsFor(_ node: Int) -> [Int] {
        recipe.graph.predecessors[node].flatMap { recipe.graph.isGate($0) ? waitsFor($0) : [$0] }.sorted()
    }

    /// Replaces quotation marks and backslashes, which would end or change the label.
    private func escaped(_ name: String) -> String {
        String(name.map { $0 == "\"" ? "'" : $0 == "\\" ? "/" : $0 })
    }
}

extension AtomState {
    /// The colour of the state, pale enough for black text.
    fileprivate var color: String {
        switch self {
        case .pending, .ignore: "#eeeeee"
        case .running, .reverting, .retrying: "#ffe599"
        case .success: "#b6d7a8"
        case .failure, .revertFailure: "#ea9999"
        case .reverted: "#c9daf8"
        }
    }
}
