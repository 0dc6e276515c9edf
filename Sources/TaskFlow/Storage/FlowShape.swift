/// What a compiled flow looks like, for people and for comparison: its steps, what each takes from whom and gives, and what
/// it waits for. What the steps do is not in it; that is what their versions are for.
public struct FlowShape: Sendable, Hashable, Codable {
    /// A value that a step takes or gives, or that a flow is asked for.
    public struct Value: Sendable, Hashable, Codable {
        /// The symbol.
        public let name: String
        /// The type, with a question mark if the value may be left out.
        public let type: String
        /// The step's own name for it, if that is another.
        public let field: String?
        /// Who gives it, in words; only of what a step takes.
        public let source: String?
    }

    /// Whether a step is a task or decides about others.
    public enum Kind: String, Sendable, Hashable, Codable {
        case task
        case retry
    }

    /// What has to be over before something starts.
    public struct Wait: Sendable, Hashable, Codable {
        /// The names of steps.
        public var atoms: [String] = []
        /// Numbers of ``FlowShape/joins``.
        public var joins: [Int] = []
    }

    /// A step.
    public struct Atom: Sendable, Hashable, Codable {
        /// Its name in the flow.
        public let name: String
        /// The version of its type.
        public let version: Int
        /// Whether it is a task or a retry.
        public let kind: Kind
        /// What it touches.
        public let effect: Effect
        /// Its inputs.
        public let takes: [Value]
        /// The inputs of its revert, if they are others.
        public let revertTakes: [Value]?
        /// Its outputs.
        public let gives: [Value]
        /// What it waits for.
        public let after: Wait
        /// Who decides whether it runs, in words.
        public let deciders: [String]?
        /// The retry that is asked first when it fails.
        public let retry: String?
        /// Its name when the run began, if an upgrade has renamed it since. Not compared.
        public var formerName: String?
    }

    /// What the flow is asked for.
    public let request: [Value]
    /// The steps, in the order in which they run.
    public var atoms: [Atom]
    /// Where many wait for the same many, so that the steps don't all have to name them all.
    public let joins: [Wait]
}

extension FlowShape.Value: CustomStringConvertible {
    /// As it would be declared: `size: Int`.
    public var description: String { "\(name): \(type)" }

    init(_ port: Port, field: String? = nil, source: String? = nil) {
        name = port.name
        type = port.typeName + (port.isOptional ? "?" : "")
        self.field = field == port.name ? nil : field
        self.source = source
    }
}

extension FlowShape {
    init(of recipe: Recipe) {
        var givers = recipe.request.ports.map { _ in "the request" }
        for atom in recipe.atoms { givers += atom.outputs.map { _ in "'\(atom.atom.name)'" } }
        func wait(for nodes: [Int]) -> Wait {
            nodes.reduce(into: Wait()) { wait, node in
                if recipe.graph.isGate(node) {
                    wait.joins.append(node - recipe.atoms.count)
                } else {
                    wait.atoms.append(recipe.atoms[node].atom.name)
                }
            }
        }
        request = recipe.request.ports.map { Value($0) }
        func values(_ requirements: [LoweredAtom.Requirement], _ sources: [CompiledAtom.Source]) -> [Value] {
            zip(requirements, sources)
                .map { Value($0.symbol, field: $0.field, source: $1.giver(among: givers)) }
        }
        atoms = recipe.atoms.indices.map { number in
            let (compiled, atom) = (recipe.atoms[number], recipe.atoms[number].atom)
            return Atom(
                name: atom.name,
                version: atom.version,
                kind: atom.isRetry ? .retry : .task,
                effect: atom.effect,
                takes: values(atom.requires, compiled.sources),
                revertTakes: atom.revertRequires.isEmpty
                    ? nil : values(atom.revertRequires, compiled.revertSources),
                gives: zip(atom.provides, atom.fields).map { Value($0, field: $1) },
                after: wait(for: recipe.graph.predecessors[number]),
                deciders: recipe.deciders[number]?
                    .map { decider in
                        let sources = decider.sources.map { $0.giver(among: givers) }.joined(separator: ", ")
                        return "\(decider.depth)" + (sources.isEmpty ? "" : " by what \(sources) gives")
                    },
                retry: compiled.retry.map { recipe.atoms[$0].atom.name }
            )
        }
        joins = recipe.graph.predecessors.dropFirst(recipe.atoms.count).map(wait)
    }
}

extension CompiledAtom.Source {
    fileprivate func giver(among givers: [String]) -> String {
        switch self {
        case .slot(let slot): givers[slot]
        case .injected: "the flow itself"
        case .absent: "nobody"
        }
    }
}
