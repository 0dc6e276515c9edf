/// The description of a compiled flow, for comparison: its steps, their inputs with their sources, their outputs, and
/// their order. It can't describe what the steps do; their versions stand for that.
public struct FlowShape: Sendable, Hashable, Codable {
    /// An input or output of a step, or a value of the request.
    public struct Value: Sendable, Hashable, Codable {
        /// The symbol.
        public let name: String
        /// The type, with a question mark if the value is optional.
        public let type: String
        /// The name of the step's field, if it differs from the symbol.
        public let field: String?
        /// The source of an input, for messages; `nil` for other values.
        public let source: String?
    }

    /// The kind of a step.
    public enum Kind: String, Sendable, Hashable, Codable {
        case task
        case retry
    }

    /// The steps that a step waits for.
    public struct Wait: Sendable, Hashable, Codable {
        /// The names of steps.
        public var atoms: [String] = []
        /// Indices into ``FlowShape/joins``, which stand for further steps.
        public var joins: [Int] = []
    }

    /// A step.
    public struct Atom: Sendable, Hashable, Codable {
        /// The step's name in the flow.
        public let name: String
        /// The version of the atom's type.
        public let version: Int
        /// Whether the step is a task or a retry.
        public let kind: Kind
        /// The effects of the step.
        public let effect: Effect
        /// The step's inputs.
        public let takes: [Value]
        /// The revert's inputs, if it has its own.
        public let revertTakes: [Value]?
        /// The step's outputs.
        public let gives: [Value]
        /// The steps that the step waits for.
        public let after: Wait
        /// The deciders on the step, for messages.
        public let deciders: [String]?
        /// The name of the retry that is asked first when the step fails.
        public let retry: String?
        /// The step's name when the run began, if an upgrade has renamed it since. Not compared.
        public var formerName: String?
    }

    /// The values of the request.
    public let request: [Value]
    /// The steps, in the order in which they run.
    public var atoms: [Atom]
    /// Sets of steps that several steps wait for, so that each of those needn't list them all.
    public let joins: [Wait]
}

extension FlowShape.Value: CustomStringConvertible {
    /// The value as a declaration: `size: Int`.
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
