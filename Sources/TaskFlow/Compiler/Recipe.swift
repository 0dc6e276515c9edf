/// A compiled flow: what its steps do, and where each finds its inputs. What has happened in a run is not in it.
public struct Recipe: Sendable {
    /// The name under which runs are stored.
    public let name: String
    /// Raised whenever runs of the flow as it was can't be carried on by the flow as it is.
    public let version: Int
    /// The steps in the order in which they run.
    public var steps: [String] { atoms.map(\.atom.name) }

    let request: CompiledRequest
    let atoms: [CompiledAtom]
    let graph: ExecutionGraph
    /// How many values a run holds.
    let slots: Int
    let ending: Ending?
    /// The type of transaction that the transactional steps need; `nil` if there are none.
    let transaction: Any.Type?
    /// The flows in it that have a time limit.
    let limits: [FlowLimit]
    /// The places of a symbol's values: the request's, or those of its providers in the order of the steps.
    let symbols: [String: [Int]]
    /// For steps that not everybody lets run, who decides.
    let deciders: [Int: [CompiledDecider]]
    /// How runs of older versions are carried on.
    var upgrades: [Upgrade] = []
    /// What it looks like, as it is stored with a run.
    public internal(set) var shape = RecordedShape(stored: "{}")
}

/// How long a flow may take.
struct FlowLimit: Sendable {
    let flow: String
    let limit: Duration
}

/// How a request becomes values.
struct CompiledRequest: Sendable {
    let ports: [Port]
    /// The stored form and the values of a request of the flow's type.
    let take: @Sendable (any Sendable) throws -> (stored: String, values: [any Sendable])
    /// The request and its values, from its stored form.
    let restore: @Sendable (String) throws -> (request: any Sendable, values: [any Sendable])

    init<Request: Fields>(_ map: FieldMap<Request>) {
        ports = map.ports
        take = { request in
            guard let request = request as? Request else {
                throw FieldMismatch(name: "request", found: "\(type(of: request))", wanted: "\(Request.self)")
            }
            return (try map.encode(request), try map.dissect(request))
        }
        restore = { stored in
            let request = try map.decode(stored)
            return (request, try map.dissect(request))
        }
    }
}

/// An atom and the places of its values in a run.
final class CompiledAtom: Sendable {
    enum Source: Sendable {
        case slot(Int)
        case injected(any Sendable)
        case absent
    }

    let atom: LoweredAtom
    /// For each field of the input.
    let sources: [Source]
    /// Where the values of the output go.
    let outputs: Range<Int>
    /// For each field of what its revert takes, if that is something else.
    let revertSources: [Source]
    /// The retry that is asked first when the atom fails: of the innermost flow that has one. A retry's own is its parent.
    let retry: Int?
    /// The number of the innermost flow around it.
    let flow: Int
    /// The time limits of the flows around it, by their place among the recipe's.
    let limits: [Int]

    init(
        atom: LoweredAtom,
        sources: [Source],
        outputs: Range<Int>,
        revertSources: [Source],
        retry: Int?,
        flow: Int,
        limits: [Int]
    ) {
        self.atom = atom
        self.sources = sources
        self.outputs = outputs
        self.revertSources = revertSources
        self.retry = retry
        self.flow = flow
        self.limits = limits
    }
}

/// What is written when a flow ends, in the same transaction.
struct Ending: Sendable {
    let transaction: Any.Type
    let write: @Sendable (any Sendable, FlowEnd, Any) throws -> Void
}

/// Who waits for whom, by index: first the atoms, then the gates, which do nothing but stand where many wait for many.
struct ExecutionGraph: Sendable {
    let predecessors: [[Int]]
    let successors: [[Int]]
    /// Of the atoms alone: what comes after them is a gate.
    let priorities: [Int]

    /// For each retry, the nodes of its flow without itself.
    private let scopes: [Int: [Int]]

    init(predecessors: [[Int]], priorities: [Int], scopes: [Int: [Int]] = [:]) {
        self.predecessors = predecessors
        self.priorities = priorities
        self.scopes = scopes
        var successors = [[Int]](repeating: [], count: predecessors.count)
        for (node, before) in predecessors.enumerated() {
            for predecessor in before { successors[predecessor].append(node) }
        }
        self.successors = successors
    }

    func isGate(_ node: Int) -> Bool { node >= priorities.count }

    func scope(of retry: Int) -> [Int] { scopes[retry] ?? [] }
}
