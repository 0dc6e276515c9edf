import DriverKit
import Synchronization

@testable import TaskFlow

extension FlowPlan {
    /// Builds the flow of this plan, whose steps change `backend`.
    ///
    /// A value that a decider may leave out is optional for its consumers: where the compiler refuses a plan for that
    /// reason, all values are optional.
    func flow(on backend: Backend) throws -> Flow<Nothing> {
        do {
            return try flow(on: backend, allOptional: false)
        } catch is FlowCompilationError {
            return try flow(on: backend, allOptional: true)
        }
    }

    private func flow(on backend: Backend, allOptional: Bool) throws -> Flow<Nothing> {
        let builder = Builder(backend: backend, allOptional: allOptional, hidden: hiddenReads())
        return try Flow("simulated", taking: Nothing.self) {
            builder.part(.flow(self))
        } concluding: { _, end, transaction in
            (transaction as ModelTransaction).conclude(end.state)
        }
    }

    /// For each step, the steps whose values it can't see by TaskFlow's rules of visibility, or that do not exist.
    private func hiddenReads() -> [Int: Set<Int>] {
        var paths: [Int: [(flow: Int, pattern: Pattern, index: Int)]] = [:]
        var steps: [StepPlan] = []
        func walk(_ flow: FlowPlan, _ path: [(flow: Int, pattern: Pattern, index: Int)]) {
            for (index, part) in flow.parts.enumerated() {
                let inner = path + [(flow.number, flow.pattern, index)]
                switch part {
                case .step(let step):
                    paths[step.number] = inner
                    steps.append(step)
                case .flow(let subflow):
                    walk(subflow, inner)
                }
            }
        }
        walk(self, [])
        var hidden: [Int: Set<Int>] = [:]
        for step in steps {
            for read in step.reads {
                guard let own = paths[step.number], let other = paths[read],
                    let fork = zip(own, other).first(where: { $0.index != $1.index }),
                    fork.0.pattern != .unordered, fork.1.index < fork.0.index
                else {
                    hidden[step.number, default: []].insert(read)
                    continue
                }
            }
        }
        return hidden
    }
}

/// The values that a decider reads.
private struct Seen: Fields {
    @Field var s1: Int?
    @Field var s2: Int?
    @Field var s3: Int?
}

struct SaltedError: Error, Codable {
    var salt: UInt64
}

/// A flow part that is lowered already.
private struct LoweredFlowPart: FlowPart {
    let part: LoweredPart

    func lowered() -> LoweredPart { part }
}

private struct Builder {
    let backend: Backend
    let allOptional: Bool
    let hidden: [Int: Set<Int>]

    func part(_ plan: PartPlan) -> any FlowPart {
        switch plan {
        case .step(let step):
            return LoweredFlowPart(part: LoweredPart(atom(step)))
        case .flow(let flow):
            return LoweredFlowPart(part: lowered(flow))
        }
    }

    private func lowered(_ flow: FlowPlan) -> LoweredPart {
        let pattern: LoweredPart.Pattern
        switch flow.pattern {
        case .linear: pattern = .linear
        case .unordered: pattern = .unordered
        case .graph:
            let target = flow.parts.first { $0.number == flow.target }
            pattern = .graph(links: flow.links.compactMap { link($0, in: flow) }, target: target?.name)
        }
        var part = LoweredPart(
            name: "f\(flow.number)",
            pattern: pattern,
            retry: flow.retry.map { retry($0, of: flow.number) },
            parts: flow.parts.map(part)
        )
        part.timeLimit = flow.limit.map { .seconds($0) }
        return part
    }

    private func link(_ link: LinkPlan, in flow: FlowPlan) -> LoweredPart.Link? {
        guard let earlier = flow.parts.firstIndex(where: { $0.number == link.earlier }),
            let later = flow.parts.firstIndex(where: { $0.number == link.later }), earlier < later
        else { return nil }
        return LoweredPart.Link(
            earlier: flow.parts[earlier].name,
            later: flow.parts[later].name,
            decider: link.decider.map(decider)
        )
    }

    /// A decider whose answer depends on its values and its salt; some throw.
    private func decider(_ plan: DeciderPlan) -> Decider {
        Decider(Depth(rawValue: plan.depth) ?? .all) { (seen: Seen) in
            let sum = [seen.s1, seen.s2, seen.s3].reduce(plan.salt) { ($0 &+ UInt64($1 ?? 7)) &* 31 }
            let answer = SplitMix64.mix(sum) % 8
            if answer == 0 { throw SaltedError(salt: plan.salt) }
            return answer > 3
        }
    }

    private func retry(_ plan: RetryPlan, of flow: Int) -> any FlowPart {
        let name = "r\(flow)"
        switch plan {
        case .times(let count, let revertsAll):
            return Step(Times(count, revertsAll: revertsAll), named: name).writing(\.$attempt, to: name)
        case .forEach(let count, let revertsAll):
            let values = Array((1...count).map { $0 * 1000 })
            return Step(ForEach(values, revertsAll: revertsAll), named: name).writing(\.$value, to: name)
        case .revert:
            return Step(AlwaysRevert(), named: name)
        case .revertAll:
            return Step(AlwaysRevertAll(), named: name)
        }
    }

    private func atom(_ step: StepPlan) -> LoweredAtom {
        let reads = step.reads.filter { !(hidden[step.number]?.contains($0) ?? false) }
        return LoweredAtom(
            name: step.name,
            version: 1,
            priority: step.priority,
            effect: effect(of: step.kind),
            place: place(of: step),
            requires: reads.map { read in
                let isOptional = allOptional || step.optional.contains(read)
                let port = Port(name: "s\(read)", type: Int.self, isOptional: isOptional)
                return LoweredAtom.Requirement(field: port.name, symbol: port, injected: nil)
            },
            revertRequires: [],
            timeLimit: step.limit.map { .seconds($0) },
            isContradictory: [],
            provides: [Port(name: step.name, type: Int.self)],
            fields: [step.name],
            restore: { stored in [Int(stored) ?? -1] },
            work: work(of: step)
        )
    }

    private func place(of step: StepPlan) -> (@Sendable (LoweredAtom.Values) -> Place?)? {
        guard let plan = step.place else { return nil }
        return { values in Place("p\(plan.place(for: values))") }
    }

    private func effect(of kind: StepPlan.Kind) -> Effect {
        switch kind {
        case .pure: .pure
        case .transactional, .undoableTransactional: .transactional
        case .external, .undoable: .external
        }
    }

    private func work(of step: StepPlan) -> LoweredAtom.Work {
        let backend = backend
        switch step.kind {
        case .pure:
            return .asynchronous(
                execute: { inputs in
                    backend.visit(step, inputs)
                    return Self.produced(try backend.compute())
                },
                revert: nil
            )
        case .external:
            return .asynchronous(
                execute: { inputs in
                    backend.visit(step, inputs)
                    return Self.produced(try backend.make(undoable: false))
                },
                revert: nil
            )
        case .undoable:
            return .asynchronous(
                execute: { inputs in
                    backend.visit(step, inputs)
                    return Self.produced(try backend.make(undoable: true))
                },
                revert: { inputs, _, outcome in
                    backend.visit(step, inputs)
                    try backend.remove(after: outcome)
                }
            )
        case .transactional:
            return .transactional(
                in: ModelTransaction.self,
                execute: { inputs, transaction in
                    backend.visit(step, inputs)
                    return Self.produced(try Self.model(transaction).write())
                },
                revert: nil
            )
        case .undoableTransactional:
            return .transactional(
                in: ModelTransaction.self,
                execute: { inputs, transaction in
                    backend.visit(step, inputs)
                    return Self.produced(try Self.model(transaction).write())
                },
                revert: { inputs, outputs, transaction in
                    backend.visit(step, inputs)
                    try Self.model(transaction).unwrite(outputs.first as? Int)
                }
            )
        }
    }

    private static func model(_ transaction: Any) throws -> ModelTransaction { try UnfitTransaction.cast(transaction) }

    private static func produced(_ value: Int) -> Produced { Produced(values: [value], stored: "\(value)") }
}
