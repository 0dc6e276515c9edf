/// Brings a flow into the form that the engine runs: resolves every symbol and every order once, and collects what is wrong
/// instead of stopping at the first fault.
///
/// Who sees whose values follows TaskFlow (`taskflow: scopes.py`): in a linear flow a part sees all before it, in an
/// unordered one nothing of its siblings, in a graph those that it waits for; and everyone sees what the flow around it sees.
struct Compiler {
    private let flow: String
    private var atoms: [CompiledAtom] = []
    /// What each atom waits for.
    private var predecessors: [[Node]] = []
    /// What each gate waits for. A gate does nothing: it stands where many wait for many.
    private var gates: [[Node]] = []
    private var problems: [String] = []
    private var names: Set<String> = []
    /// The request's symbols, which beat those of steps.
    private var requested: [String: Provider] = [:]
    private var slots = 0
    /// For each retry, the nodes of its flow.
    private var scopes: [Int: [Node]] = [:]
    /// The retry of the innermost flow around what is being placed.
    private var retry: Int?
    private var transaction: (type: Any.Type, step: String)?
    /// The number of the innermost flow around what is being placed, and how many flows there are.
    private var (flowNumber, flowCount) = (0, 0)
    private var limits: [FlowLimit] = []
    private var deciders: [Int: [CompiledDecider]] = [:]
    /// The limits of the flows around what is being placed.
    private var limitsAround: [Int] = []
    /// What the flows around what is being placed give their steps.
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

    /// Who gives each symbol: the nearest, or several that are equally near.
    typealias Symbols = [String: [Provider]]

    init(flow: String) { self.flow = flow }

    mutating func compileRequest<Request: Fields>(_ type: Request.Type) -> CompiledRequest? {
        do {
            let map = try FieldMap<Request>()
            for port in map.ports {
                requested[port.name] = Provider(port: port, name: "the request", slot: slots)
                slots += 1
            }
            return CompiledRequest(ports: map.ports) { stored in
                let request = try map.decode(stored)
                return (request, try map.dissect(request))
            }
        } catch {
            problems.append("the request \(type): \(error)")
            return nil
        }
    }

    /// Compiles a whole flow.
    mutating func compile(_ part: LoweredPart) { _ = place(part, after: [], seeing: [:]) }

    /// Each version has at most one way to a later one, and none beyond the flow's.
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

    /// Gates come after all atoms, so that an atom's number is its place among the steps.
    private func index(of node: Node) -> Int {
        switch node {
        case .atom(let atom): atom
        case .gate(let gate): atoms.count + gate
        }
    }
}

// MARK: - Patterns

extension Compiler {
    /// Puts a part behind `earlier`.
    ///
    /// - Returns: the nodes after which all of the part has run, and what it gives.
    private mutating func place(
        _ part: LoweredPart,
        after earlier: [Node],
        seeing visible: Symbols
    ) -> (exits: [Node], gives: Symbols) {
        let around = (flowNumber, limitsAround, injected)
        defer { (flowNumber, limitsAround, injected) = around }
        if case .flow = part.content { enter(part) }
        switch part.content {
        case .atom(let atom):
            if atom.isRetry { problems.append("'\(atom.name)' is a retry: give it to a flow as its 'retry'") }
            return place(atom, after: earlier, seeing: visible)
        case .flow(let pattern, let parts, nil):
            return place(parts, as: pattern, named: part.name, after: earlier, seeing: visible)
        case .flow(let pattern, let parts, let retry?):
            return place(parts, as: pattern, named: part.name, retriedBy: retry, after: earlier, seeing: visible)
        case .broken(let problem):
            problems.append("'\(part.name)': \(problem)")
            return (earlier, [:])
        }
    }

    private mutating func enter(_ part: LoweredPart) {
        flowCount += 1
        flowNumber = flowCount
        injected.merge(part.injected) { $1 }
        guard let limit = part.timeLimit else { return }
        limitsAround.append(limits.count)
        limits.append(FlowLimit(flow: part.name, limit: limit))
    }

    private mutating func place(
        _ parts: [LoweredPart],
        as pattern: LoweredPart.Pattern,
        named name: String,
        after earlier: [Node],
        seeing visible: Symbols
    ) -> (exits: [Node], gives: Symbols) {
        switch pattern {
        case .linear:
            return placeLinear(parts, after: earlier, seeing: visible)
        case .unordered:
            return placeUnordered(parts, after: gated(earlier, for: parts), seeing: visible)
        case .graph(let links, let target):
            let graph = PartGraph(name: name, parts: parts, links: links, target: target)
            problems += graph.problems
            return placeGraph(graph, after: gated(earlier, for: parts), seeing: visible)
        }
    }

    /// The retry comes first, is seen by all, and has all that follows in its scope.
    private mutating func place(
        _ parts: [LoweredPart],
        as pattern: LoweredPart.Pattern,
        named name: String,
        retriedBy part: LoweredPart,
        after earlier: [Node],
        seeing visible: Symbols
    ) -> (exits: [Node], gives: Symbols) {
        guard case .atom(let atom) = part.content, atom.isRetry else {
            problems.append("'\(part.name)' is no retry, but '\(name)' has it as one")
            return (earlier, [:])
        }
        let (first, gives) = place(atom, after: earlier, seeing: visible)
        let (number, firstGate, parent) = (atoms.count - 1, gates.count, retry)
        retry = number
        let placed = place(parts, as: pattern, named: name, after: first, seeing: visible.merging(gives) { $1 })
        retry = parent
        scopes[number] = (number + 1..<atoms.count).map(Node.atom) + (firstGate..<gates.count).map(Node.gate)
        return (placed.exits, gives.merging(placed.gives) { $1 })
    }

    /// One node in the place of many, if many would wait for them.
    private mutating func gated(_ nodes: [Node], for parts: [LoweredPart]) -> [Node] {
        guard nodes.count > 1, parts.count > 1 else { return nodes }
        gates.append(nodes)
        return [.gate(gates.count - 1)]
    }

    private mutating func placeLinear(
        _ parts: [LoweredPart],
        after earlier: [Node],
        seeing visible: Symbols
    ) -> (exits: [Node], gives: Symbols) {
        var (exits, visible, gives) = (earlier, visible, Symbols())
        for part in parts {
            let placed = place(part, after: exits, seeing: visible)
            exits = placed.exits
            for (symbol, providers) in placed.gives { (visible[symbol], gives[symbol]) = (providers, providers) }
        }
        return (exits, gives)
    }

    private mutating func placeUnordered(
        _ parts: [LoweredPart],
        after earlier: [Node],
        seeing visible: Symbols
    ) -> (exits: [Node], gives: Symbols) {
        var (exits, gives) = ([Node](), Symbols())
        for part in parts {
            let placed = place(part, after: earlier, seeing: visible)
            exits += placed.exits
            gives.merge(placed.gives) { $0 + $1 }
        }
        return (parts.isEmpty ? earlier : exits, gives)
    }

    private mutating func placeGraph(
        _ graph: PartGraph,
        after earlier: [Node],
        seeing visible: Symbols
    ) -> (exits: [Node], gives: Symbols) {
        var placed: [Int: (exits: [Node], gives: Symbols)] = [:]
        for part in graph.order {
            let near = graph.ancestors(of: part)
                .reduce(into: Symbols()) { near, ancestor in
                    near.merge(placed[ancestor]?.gives ?? [:]) { $0 + $1 }
                }
            let before = graph.predecessors[part].sorted().flatMap { placed[$0]?.exits ?? [] }
            let (firstAtom, firstGate, seen) = (atoms.count, gates.count, visible.merging(near) { $1 })
            placed[part] = place(
                graph.parts[part],
                after: graph.predecessors[part].isEmpty ? earlier : before,
                seeing: seen
            )
            let asked = (graph.deciders[part] ?? [])
                .compactMap { link in
                    compile(link.decider, on: graph.parts[part].name, seeing: seen, after: placed[link.earlier]?.exits)
                }
            guard !asked.isEmpty else { continue }
            for atom in entries(from: firstAtom, firstGate) { deciders[atom, default: []] += asked }
        }
        let exits = graph.sinks.flatMap { placed[$0]?.exits ?? [] }
        let gives = placed.sorted { $0.key < $1.key }
            .reduce(into: Symbols()) { gives, part in
                gives.merge(part.value.gives) { $0 + $1 }
            }
        return (graph.parts.isEmpty ? earlier : exits, gives)
    }

    private mutating func compile(
        _ decider: Decider,
        on part: String,
        seeing visible: Symbols,
        after exits: [Node]?
    ) -> CompiledDecider? {
        do {
            let requires = try decider.requires.get()
            let sources = requires.map { port in
                let requirement = LoweredAtom.Requirement(field: port.name, symbol: port, injected: nil)
                return source(of: requirement, for: "the decider on \(part)", among: visible)
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

    /// The first steps of the part that has been placed last: those that wait for none in it.
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
    private mutating func place(
        _ atom: LoweredAtom,
        after earlier: [Node],
        seeing visible: Symbols
    ) -> (exits: [Node], gives: Symbols) {
        if !names.insert(atom.name).inserted { problems.append("two steps are named '\(atom.name)'") }
        for field in atom.isContradictory {
            problems.append("'\(atom.name)' both reads and injects '\(field)'")
        }
        if case .transactional(let type, _, _) = atom.work { require(type, for: atom.name) }
        let sources = atom.requires.map { source(of: $0, for: atom.name, among: visible) }
        let outputs = slots..<slots + atom.provides.count
        slots = outputs.upperBound
        var gives: Symbols = [:]
        for (port, slot) in zip(atom.provides, outputs) {
            if gives[port.name] != nil { problems.append("'\(atom.name)' gives '\(port.name)' twice") }
            gives[port.name] = [Provider(port: port, name: "'\(atom.name)'", slot: slot)]
        }
        let revertSources = atom.revertRequires.map { source(of: $0, for: atom.name, among: visible) }
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
        for step: String,
        among visible: Symbols
    ) -> CompiledAtom.Source {
        if let value = requirement.injected { return .injected(value) }
        let wanted = requirement.symbol
        if let given = injected[wanted.name] {
            if given.port.type != wanted.type {
                problems.append("'\(step)' requires '\(wanted)', but the flow around it is given '\(given.port)'")
            } else if given.port.isOptional && !wanted.isOptional {
                problems.append("'\(step)' requires '\(wanted)', but the flow around it may be given none")
            }
            return .injected(given.value)
        }
        let providers = requested[wanted.name].map { [$0] } ?? visible[wanted.name] ?? []
        guard let found = providers.first else {
            if !wanted.isOptional {
                let hint = hint(for: wanted, among: visible)
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

    /// Names a symbol of the wanted type, or one that differs only in case.
    private func hint(for wanted: Port, among visible: Symbols) -> String {
        let offers = (Array(requested.values) + visible.values.joined()).sorted { $0.slot < $1.slot }
        guard
            let near = offers.first(where: { $0.port.name.lowercased() == wanted.name.lowercased() })
                ?? offers.first(where: { $0.port.type == wanted.type })
        else { return "" }
        return " (\(near.name) gives '\(near.port)')"
    }
}
