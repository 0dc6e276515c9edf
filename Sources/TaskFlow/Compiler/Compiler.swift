/// Resolves every symbol once, and collects what is wrong with a flow instead of stopping at the first fault.
struct Compiler {
    private let flow: String
    private var atoms: [CompiledAtom] = []
    private var problems: [String] = []
    private var names: Set<String> = []
    /// The request's symbols, which beat those of steps.
    private var requested: [String: Provider] = [:]
    /// The nearest step's symbols.
    private var provided: [String: Provider] = [:]
    private var slots = 0
    private var transaction: (type: Any.Type, step: String)?

    private struct Provider {
        let port: Port
        let name: String
        let slot: Int
    }

    init(flow: String) { self.flow = flow }

    mutating func compileRequest<Request: Fields>(_ type: Request.Type) -> CompiledRequest? {
        do {
            let map = try FieldMap<Request>()
            for port in map.ports {
                requested[port.name] = Provider(port: port, name: "the request", slot: slots)
                slots += 1
            }
            return CompiledRequest(type: type) { stored in
                let request = try map.decode(stored)
                return (request, try map.dissect(request))
            }
        } catch {
            problems.append("the request \(type): \(error)")
            return nil
        }
    }

    mutating func append(_ part: any FlowPart) {
        do {
            append(try part.lowered())
        } catch {
            problems.append("'\(type(of: part))': \(error)")
        }
    }

    private mutating func append(_ atom: LoweredAtom) {
        if !names.insert(atom.name).inserted { problems.append("two steps are named '\(atom.name)'") }
        for field in atom.isContradictory {
            problems.append("'\(atom.name)' both reads and injects '\(field)'")
        }
        if case .transactional(let type, _, _) = atom.work { require(type, for: atom.name) }
        let sources = atom.requires.map { source(of: $0, for: atom.name) }
        let outputs = slots..<slots + atom.provides.count
        slots = outputs.upperBound
        for (port, slot) in zip(atom.provides, outputs) {
            if let earlier = provided[port.name], outputs.contains(earlier.slot) {
                problems.append("'\(atom.name)' gives '\(port.name)' twice")
            }
            provided[port.name] = Provider(port: port, name: "'\(atom.name)'", slot: slot)
        }
        atoms.append(CompiledAtom(atom: atom, sources: sources, outputs: outputs))
    }

    private mutating func require(_ type: Any.Type, for step: String) {
        guard let transaction else { return transaction = (type, step) }
        guard transaction.type != type else { return }
        problems.append("'\(step)' needs a \(type), but '\(transaction.step)' needs a \(transaction.type)")
    }

    private mutating func source(of requirement: LoweredAtom.Requirement, for step: String) -> CompiledAtom.Source {
        if let value = requirement.injected { return .injected(value) }
        let wanted = requirement.symbol
        guard let found = requested[wanted.name] ?? provided[wanted.name] else {
            if !wanted.isOptional {
                problems.append("'\(step)' requires '\(wanted)', which nothing before it provides\(hint(for: wanted))")
            }
            return .absent
        }
        if found.port.type != wanted.type {
            problems.append("'\(step)' requires '\(wanted)', but \(found.name) gives '\(found.port)'")
        } else if found.port.isOptional && !wanted.isOptional {
            problems.append("'\(step)' requires '\(wanted)', but \(found.name) may leave it out")
        }
        return .slot(found.slot)
    }

    /// Names a symbol of the wanted type, or one that differs only in case.
    private func hint(for wanted: Port) -> String {
        let offers = (Array(requested.values) + Array(provided.values)).sorted { $0.slot < $1.slot }
        guard
            let near = offers.first(where: { $0.port.name.lowercased() == wanted.name.lowercased() })
                ?? offers.first(where: { $0.port.type == wanted.type })
        else { return "" }
        return " (\(near.name) gives '\(near.port)')"
    }

    func finish(version: Int, request: CompiledRequest?, ending: Ending?) throws(FlowCompilationError) -> Recipe {
        var problems = problems
        if let ending, let transaction, ending.transaction != transaction.type {
            problems.append(
                "its conclusion needs a \(ending.transaction), but '\(transaction.step)' needs a \(transaction.type)"
            )
        }
        guard problems.isEmpty, let request else { throw FlowCompilationError(flow: flow, problems: problems) }
        return Recipe(
            name: flow,
            version: version,
            request: request,
            atoms: atoms,
            graph: ExecutionGraph(predecessors: atoms.indices.map { $0 == 0 ? [] : [$0 - 1] }),
            slots: slots,
            ending: ending,
            transaction: transaction?.type ?? ending?.transaction
        )
    }
}

/// A flow that was refused before anything of it ran.
public struct FlowCompilationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The flow's name.
    public let flow: String
    /// All that is wrong with it.
    public let problems: [String]

    /// For people: what failed, and why.
    public var description: String {
        "flow '\(flow)' does not compile:\n" + problems.map { "  - \($0)" }.joined(separator: "\n")
    }
}
