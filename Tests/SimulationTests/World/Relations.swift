@testable import TaskFlow

/// The order of the steps, determined by a walk and not by the engine's counters.
struct Relations {
    /// For each step, the steps directly before it, with any gates between them.
    let before: [[Int]]
    /// For each step, the steps directly after it.
    let after: [[Int]]
    /// For each step, all that come after it, by name.
    let descendantsByName: [String: Set<String>]

    init(_ recipe: Recipe) {
        let (graph, steps) = (recipe.graph, recipe.steps)
        func walk(from node: Int, _ next: [[Int]], throughSteps: Bool) -> [Int] {
            var (found, open) = (Set<Int>(), next[node])
            while let node = open.popLast() {
                guard found.insert(node).inserted else { continue }
                if throughSteps || graph.isGate(node) { open += next[node] }
            }
            return found.filter { !graph.isGate($0) }.sorted()
        }
        before = steps.indices.map { walk(from: $0, graph.predecessors, throughSteps: false) }
        after = steps.indices.map { walk(from: $0, graph.successors, throughSteps: false) }
        descendantsByName = Dictionary(
            uniqueKeysWithValues: steps.indices.map { step in
                (steps[step], Set(walk(from: step, graph.successors, throughSteps: true).map { steps[$0] }))
            }
        )
    }
}
