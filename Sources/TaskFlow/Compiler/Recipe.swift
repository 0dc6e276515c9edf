/// A compiled flow: its steps, and where each finds its inputs. It holds nothing of any run.
public struct Recipe: Sendable {
    /// The flow's name, under which runs are stored.
    public let name: String
    /// The flow's version: raised when a run of the old flow can't be continued with the new one.
    public let version: Int
    /// The steps in the order in which they run.
    public var steps: [String] { atoms.map(\.atom.name) }

    let request: CompiledRequest
    let atoms: [CompiledAtom]
    let graph: ExecutionGraph
    /// The number of values that a run holds.
    let slots: Int
    private(set) var ending: Ending?
    private(set) var opening: Opening?
    /// The type of transaction that the transactional steps need; `nil` if there are none.
    let transaction: Any.Type?
    /// The flows in it that have a time limit.
    let limits: [FlowLimit]
    /// The slots of each symbol's values: the request's first, then those of its providers in the order of the steps.
    let symbols: [String: [Int]]
    /// The deciders on each step that has some.
    let deciders: [Int: [CompiledDecider]]
    /// Whether the flow's transactions reach no further than the run's scope.
    var isWithinScope = false
    /// The upgrades that carry runs of older versions over to newer ones.
    var upgrades: [Upgrade] = []
    /// The description of the flow's steps that is stored with each run.
    public internal(set) var shape = RecordedShape(stored: "{}")
}

/// The time limit of a flow.
struct FlowLimit: Sendable {
    let flow: String
    let limit: Duration
}

/// The conversions between a request, its values and its stored form.
struct CompiledRequest: Sendable {
    let ports: [Port]
    /// Encodes a request, and takes it apart into its values.
    let take: @Sendable (any Sendable) throws -> (stored: String, values: [any Sendable])
    /// Decodes a request from its stored form, and takes it apart into its values.
    let restore: @Sendable (String) throws -> (request: any Sendable, values: [any Sendable])

    init<Request: Fields>(_ map: FieldMap<Request>) {
        ports = map.ports
        take = { request in
            guard let request = request as? Request else {
                throw FieldMismatch(name: "request", found: "\(type(of: request))", wanted: "\(Request.self)")
            }
            let (values, stored) = try map.take(request)
            return (stored, values)
        }
        restore = { stored in
            let request = try map.decode(stored)
            return (request, try map.dissect(request))
        }
    }
}

/// An atom and the slots of its values in a run.
final class CompiledAtom: Sendable {
    enum Source: Sendable {
        case slot(Int)
        case injected(any Sendable)
        case absent
    }

    let atom: LoweredAtom
    /// The source of each field of the input.
    let sources: [Source]
    /// The slots of the output's values.
    let outputs: Range<Int>
    /// The source of each field of the revert's own input, if it has one.
    let revertSources: [Source]
    /// The retry that is asked first when the atom fails: that of the innermost flow that has one. For a retry, the one
    /// around it.
    let retry: Int?
    /// The number of the innermost flow around the atom.
    let flow: Int
    /// The time limits of the flows around the atom, as indices into the recipe's `limits`.
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

/// A flow's conclusion: writes in the transaction that records the flow's end.
struct Ending: Sendable {
    let transaction: Any.Type
    let write: @Sendable (any Sendable, FlowEnd, Any) throws -> Void
}

/// The writes of the transaction that stores a new run.
struct Opening: Sendable {
    let write: @Sendable (FlowDetail, RequestValues, Any) throws -> Void
}

extension Recipe {
    /// The same recipe, which also writes when a run begins and, after its own conclusion, when it ends.
    func recording<Transaction>(
        opening: @escaping @Sendable (FlowDetail, RequestValues, Transaction) throws -> Void,
        ending conclusion: @escaping @Sendable (FlowEnd, Transaction) throws -> Void
    ) -> Recipe {
        var recipe = self
        recipe.opening = Opening { try opening($0, $1, UnfitTransaction.cast($2)) }
        recipe.ending = Ending(transaction: Transaction.self) { [ending] request, end, transaction in
            try ending?.write(request, end, transaction)
            try conclusion(end, UnfitTransaction.cast(transaction))
        }
        return recipe
    }
}

/// The order of a flow's nodes by index: first the atoms, then the gates.
///
/// A gate is a node without work that replaces the m × n links between m nodes and n nodes that wait for all of them by
/// m + n.
struct ExecutionGraph: Sendable {
    let predecessors: [[Int]]
    let successors: [[Int]]
    /// The priorities of the atoms. Nodes with a larger index are gates.
    let priorities: [Int]

    /// For each retry, the nodes of its flow without the retry itself.
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
