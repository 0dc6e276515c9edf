/// Compiles a flow into the form that the engine runs: resolves all symbols and the order of the steps once, and
/// collects all problems instead of stopping at the first.
///
/// The visibility of values follows TaskFlow (`taskflow: scopes.py`): in a linear flow a part sees the values of all
/// parts before it, in an unordered flow none of its siblings', in a graph flow those of the parts that it waits for.
/// Every part also sees the values that the flow around it sees.
struct Compiler {
    private let flow: String
    private var atoms: [CompiledAtom] = []
    /// The nodes that each atom waits for.
    private var predecessors: [[Node]] = []
    /// The nodes that each gate waits for. A gate is a node without work that replaces the m × n links between m nodes
    /// and n nodes that wait for all of them by m + n.
    private var gates: [[Node]] = []
    private var problems: [String] = []
    private var names: Set<String> = []
    /// The request's symbols, which take precedence over those of steps.
    private var requested: [String: Provider] = [:]
    private var slots = 0
    /// For each retry, the nodes of its flow.
    private var scopes: [Int: [Node]] = [:]
    /// The retry of the innermost flow around the part that is being placed.
    private var retry: Int?
    private var transaction: (type: Any.Type, step: String)?
    /// The number of the innermost flow around the part that is being placed, and the number of flows so far.
    private var (flowNumber, flowCount) = (0, 0)
    private var limits: [FlowLimit] = []
    private var deciders: [Int: [CompiledDecider]] = [:]
    /// The time limits of the flows around the part that is being placed.
    private var limitsAround: [Int] = []
    /// The values that the flows around the part that is being placed inject into their steps.
    private var injected: [String: Injection] = [:]

    private enum Node: Hashable {
        case atom(Int)
        case gate(Int)
    }

    struct Provider: Hashable {
        let port: Port
        let name: String
        let slot: Int
    }

    /// The providers of each symbol: the nearest, or several that are equally near.
    typealias Symbols = [String: [Provider]]

    /// The symbols that the part that is being placed can see. In a graph only those that the part looks up are added.
    private var visible = VisibleSymbols()
    /// The graphs around the part that is being placed.
    private var graphs: [PlacedGraph] = []

    /// A graph of which some parts have been placed.
    private struct PlacedGraph {
        let graph: PartGraph
        /// The part that is being placed.
        var part: Int?
        var placed: [Int: (exits: [Node], gives: Symbols)] = [:]
    }

    init(flow: String) { self.flow = flow }

    mutating func compileRequest<Request: Fields>(_ type: Request.Type) -> CompiledRequest? {
        do {
            let map = try FieldMap<Request>()
            for port in map.ports {
                requested[port.name] = Provider(port: port, name: "the request", slot: slots)
                slots += 1
            }
            return CompiledRequest(map)
        } catch {
            problems.append("the request \(type): \(error)")
            return nil
        }
    }

    /// Compiles a whole flow.
    mutating func compile(_ part: LoweredPart) { _ = place(part, after: []) }

    /// Reports upgrades that don't lead to a later version up to the flow's own, and versions with more than one
    /// upgrade.
    mutating func check(_ upgrades: [Upgrade], to version: Int) {
        for (from, rivals) in Dictionary(grouping: upgrades, by: \.from).sorted(by: { $0.key < $1.key }) {
            if rivals.count > 1 { problems.append("there are \(rivals.count) upgrades from version \(from)") }
            for upgrade in rivals where !(upgrade.from < upgrade.to && upgrade.to <= version) {
                problems.append("the upgrade from version \(from) leads to \(upgrade.to), but the flow has \(version)")
            }
        }
    }

    func finish(version: Int, request: CompiledRequest?, ending: Ending?) throws(FlowCompilationError) -> Recipe {
        var problems = problems
        if let ending, let transaction, ending.transaction != transaction.type {
            problems.append(
                "its conclusion needs a \(ending.transaction), but '\(transaction.step)' needs a \(transaction.type)"
            )
        }
        guard problems.isEmpty, let request else { throw FlowCompilationError(flow: flow, problems: problems) }
        let recipe = recipe(version: version, request: request, ending: ending)
        let unsound = recipe.valuesThatMayBeIgnored()
        guard unsound.isEmpty else { throw FlowCompilationError(flow: flow, problems: unsound) }
        return recipe
    }

    private func recipe(version: Int, request: CompiledRequest, ending: Ending?) -> Recipe {
        Recipe(
            name: flow,
            version: version,
            request: request,
            atoms: atoms,
            graph: ExecutionGraph(
                predecessors: (predecessors + gates).map { nodes in nodes.map(index) },
                priorities: atoms.map(\.atom.priority),
                scopes: scopes.mapValues { nodes in nodes.map(index) }
            ),
            slots: slots,
            ending: ending,
            transaction: transaction?.type ?? ending?.transaction,
            limits: limits,
            symbols: atoms.reduce(into: requested.mapValues { [$0.slot] }) { symbols, atom in
                for (port, slot) in zip(atom.atom.provides, atom.outputs) {
                    symbols[port.name, default: []].append(slot)
                }
            },
            deciders: deciders
        )
    }

    /// The node's index in the graph. Gates come after all atoms, so that an atom's index is its place among the steps.
    private func index(of node: Node) -> Int {
        switch node {
        case .atom(let atom): atom
        case .gate(let gate): atoms.count + gate
        }
    }
}

// MARK: - Patterns

extension Compiler {
    /// Places a part after the nodes `earlier`.
    ///
    /// - Returns: the nodes after which the whole part has run, and the symbols that it provides.
    private mutating func place(_ part: LoweredPart, after earlier: [Node]) -> (exits: [Node], gives: Symbols) {
        guard case .flow(let pattern, let parts, let retry) = part.content else {
            return placeLeaf(part, after: earlier)
        }
        let (around, mark) = ((flowNumber, limitsAround, injected), visible.mark)
        defer {
            (flowNumber, limitsAround, injected) = around
            visible.restore(to: mark)
        }
        enter(part)
        guard let retry else { return place(parts, of: part, as: pattern, after: earlier) }
        // The retry comes first, all parts see its values, and all nodes placed after it are in its scope.
        guard case .atom(let atom) = retry.content, atom.isRetry else {
            problems.append("'\(part.name)' has '\(retry.name)' as its retry, but that is not a retry")
            return (earlier, [:])
        }
        let (first, gives) = place(atom, after: earlier)
        visible.show(gives)
        let (number, firstGate, parent) = (atoms.count - 1, gates.count, self.retry)
        self.retry = number
        let placed = place(parts, of: part, as: pattern, after: first)
        self.retry = parent
        scopes[number] = (number + 1..<atoms.count).map(Node.atom) + (firstGate..<gates.count).map(Node.gate)
        return (placed.exits, gives.merging(placed.gives) { $1 })
    }

    private mutating func placeLeaf(_ part: LoweredPart, after earlier: [Node]) -> (exits: [Node], gives: Symbols) {
        guard case .atom(let atom) = part.content else {
            if case .broken(let problem) = part.content { problems.append("'\(part.name)': \(problem)") }
            return (earlier, [:])
        }
        if atom.isRetry { problems.append("'\(atom.name)' is a retry: give it to a flow as its 'retry'") }
        return place(atom, after: earlier)
    }

    private mutating func enter(_ part: LoweredPart) {
        flowCount += 1
        flowNumber = flowCount
        if !part.injected.isEmpty { injected.merge(part.injected) { $1 } }
        guard let limit = part.timeLimit else { return }
        limitsAround.append(limits.count)
        limits.append(FlowLimit(flow: part.name, limit: limit))
    }

    private mutating func place(
        _ parts: [LoweredPart],
        of flow: LoweredPart,
        as pattern: LoweredPart.Pattern,
        after earlier: [Node]
    ) -> (exits: [Node], gives: Symbols) {
        switch pattern {
        case .linear: placeLinear(parts, after: earlier)
        case .unordered: placeUnordered(parts, after: gated(earlier, for: parts))
        case .graph: flow.graph.map { placeGraph($0, after: gated(earlier, for: parts)) } ?? (earlier, [:])
        }
    }

    /// A gate that waits for `nodes`, if there are several nodes and several parts to wait for them; else `nodes`.
    private mutating func gated(_ nodes: [Node], for parts: [LoweredPart]) -> [Node] {
        guard nodes.count > 1, parts.count > 1 else { return nodes }
        gates.append(nodes)
        return [.gate(gates.count - 1)]
    }

    private mutating func placeLinear(_ parts: [LoweredPart], after earlier: [Node]) -> (exits: [Node], gives: Symbols)
    {
        var (exits, gives) = (earlier, Symbols())
        for part in parts {
            let placed = place(part, after: exits)
            exits = placed.exits
            visible.show(placed.gives)
            for (symbol, providers) in placed.gives { gives[symbol] = providers }
        }
        return (exits, gives)
    }

    private mutating func placeUnordered(
        _ parts: [LoweredPart],
        after earlier: [Node]
    ) -> (exits: [Node], gives: Symbols) {
        var (exits, gives) = ([Node](), Symbols())
        for part in parts {
            let placed = place(part, after: earlier)
            exits += placed.exits
            for (symbol, providers) in placed.gives { gives[symbol, default: []] += providers }
        }
        return (parts.isEmpty ? earlier : exits, gives)
    }

    private mutating func placeGraph(_ graph: PartGraph, after earlier: [Node]) -> (exits: [Node], gives: Symbols) {
        problems += graph.problems
        let depth = graphs.count
        graphs.append(PlacedGraph(graph: graph))
        defer { graphs.removeLast() }
        for part in graph.order {
            graphs[depth].part = part
            let mark = visible.mark
            for symbol in graph.lookups(of: part) {
                let near = graph.providers(of: symbol, before: part)
                    .flatMap { graphs[depth].placed[$0]?.gives[symbol] ?? [] }
                if !near.isEmpty { visible.show(symbol, near) }
            }
            let before = graph.predecessors[part].sorted().flatMap { graphs[depth].placed[$0]?.exits ?? [] }
            let (firstAtom, firstGate) = (atoms.count, gates.count)
            let placed = place(graph.parts[part], after: graph.predecessors[part].isEmpty ? earlier : before)
            graphs[depth].placed[part] = placed
            let asked = (graph.deciders[part] ?? [])
                .compactMap { link in
                    let exits = graphs[depth].placed[link.earlier]?.exits
                    return compile(link.decider, on: graph.parts[part].name, after: exits)
                }
            visible.restore(to: mark)
            guard !asked.isEmpty else { continue }
            for atom in entries(from: firstAtom, firstGate) { deciders[atom, default: []] += asked }
        }
        let placed = graphs[depth].placed
        let exits = graph.sinks.flatMap { placed[$0]?.exits ?? [] }
        var gives = Symbols()
        for (_, part) in placed.sorted(by: { $0.key < $1.key }) {
            for (symbol, providers) in part.gives { gives[symbol, default: []] += providers }
        }
        return (graph.parts.isEmpty ? earlier : exits, gives)
    }

    private mutating func compile(
        _ decider: Decider,
        on part: String,
        after exits: [Node]?
    ) -> CompiledDecider? {
        do {
            let requires = try decider.requires.get()
            let sources = requires.map { port in
                let requirement = LoweredAtom.Requirement(field: port.name, symbol: port, injected: nil)
                return source(of: requirement, for: "the decider on \(part)")
            }
            let earlier = (exits ?? []).compactMap { if case .atom(let atom) = $0 { atom } else { nil } }
            return CompiledDecider(
                depth: decider.depth,
                earlier: earlier,
                requires: requires,
                sources: sources,
                decide: decider.decide
            )
        } catch {
            problems.append("the decider on '\(part)': \(error)")
            return nil
        }
    }

    /// The first steps of the part that was placed last: the steps that wait for no other step of the part.
    private func entries(from firstAtom: Int, _ firstGate: Int) -> [Int] {
        var waits = [Bool](repeating: false, count: gates.count - firstGate)
        func isInside(_ node: Node) -> Bool {
            switch node {
            case .atom(let atom): atom >= firstAtom
            case .gate(let gate): gate >= firstGate && waits[gate - firstGate]
            }
        }
        for gate in gates.indices.dropFirst(firstGate) {
            waits[gate - firstGate] = gates[gate].contains(where: isInside)
        }
        return atoms.indices.dropFirst(firstAtom).filter { !predecessors[$0].contains(where: isInside) }
    }
}

// MARK: - Atoms

extension Compiler {
    private mutating func place(_ atom: LoweredAtom, after earlier: [Node]) -> (exits: [Node], gives: Symbols) {
        if atom.name.isEmpty { problems.append("a step has no name") }
        if !names.insert(atom.name).inserted { problems.append("two steps are named '\(atom.name)'") }
        for field in atom.isContradictory {
            problems.append("'\(atom.name)' both reads and injects '\(field)'")
        }
        if case .transactional(let type, _, _) = atom.work { require(type, for: atom.name) }
        let sources = atom.requires.map { source(of: $0, for: atom.name) }
        let outputs = slots..<slots + atom.provides.count
        slots = outputs.upperBound
        var gives: Symbols = [:]
        for (port, slot) in zip(atom.provides, outputs) {
            if gives[port.name] != nil { problems.append("'\(atom.name)' gives '\(port.name)' twice") }
            gives[port.name] = [Provider(port: port, name: "'\(atom.name)'", slot: slot)]
        }
        let revertSources = atom.revertRequires.map { source(of: $0, for: atom.name) }
        atoms.append(
            CompiledAtom(
                atom: atom,
                sources: sources,
                outputs: outputs,
                revertSources: revertSources,
                retry: retry,
                flow: flowNumber,
                limits: limitsAround
            )
        )
        predecessors.append(earlier)
        return ([.atom(atoms.count - 1)], gives)
    }

    private mutating func require(_ type: Any.Type, for step: String) {
        guard let transaction else { return transaction = (type, step) }
        guard transaction.type != type else { return }
        problems.append("'\(step)' needs a \(type), but '\(transaction.step)' needs a \(transaction.type)")
    }

    private mutating func source(
        of requirement: LoweredAtom.Requirement,
        for step: String
    ) -> CompiledAtom.Source {
        if let value = requirement.injected { return .injected(value) }
        let wanted = requirement.symbol
        if let given = injected[wanted.name] {
            if given.port.type != wanted.type {
                problems.append("'\(step)' requires '\(wanted)', but the flow around it is given '\(given.port)'")
            } else if given.port.isOptional && !wanted.isOptional {
                problems.append(
                    "'\(step)' requires '\(wanted)', but the value injected into the flow around it may be nil"
                )
            }
            return .injected(given.value)
        }
        let providers = requested[wanted.name].map { [$0] } ?? visible.providers[wanted.name] ?? []
        guard let found = providers.first else {
            if !wanted.isOptional {
                let hint =
                    requirement.hasUnclearDefault
                    ? " (a default counts only if all fields of its type have one)" : hint(for: wanted)
                problems.append("'\(step)' requires '\(wanted)', which nothing before it provides\(hint)")
            }
            return .absent
        }
        if providers.count > 1 {
            let names = providers.map(\.name).joined(separator: " and ")
            problems.append("'\(step)' requires '\(wanted)', which \(names) give: let one write to another symbol")
        } else if found.port.type != wanted.type {
            problems.append("'\(step)' requires '\(wanted)', but \(found.name) gives '\(found.port)'")
        } else if found.port.isOptional && !wanted.isOptional {
            problems.append("'\(step)' requires '\(wanted)', but \(found.name) may leave it out")
        }
        return .slot(found.slot)
    }

    /// Suggests a symbol whose name differs only in case, or else one of the wanted type.
    private func hint(for wanted: Port) -> String {
        let ofGraphs = graphs.flatMap { around in
            (around.part.map(around.graph.ancestors) ?? [])
                .flatMap { (around.placed[$0]?.gives.values.joined()).map(Array.init) ?? [] }
        }
        let offers = (Array(requested.values) + visible.providers.values.joined() + ofGraphs)
            .sorted { $0.slot < $1.slot }
        guard
            let near = offers.first(where: { $0.port.name.lowercased() == wanted.name.lowercased() })
                ?? offers.first(where: { $0.port.type == wanted.type })
        else { return "" }
        return " (\(near.name) gives '\(near.port)')"
    }
}
