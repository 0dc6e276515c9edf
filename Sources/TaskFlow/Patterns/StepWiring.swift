/// The sources of a step's inputs and the symbols of its outputs.
public struct StepWiring<Task: Atom>: Sendable {
    let name: String
    let input: FieldMap<Task.Input>
    let output: FieldMap<Task.Output>
    /// The symbols that fields are read from, if they differ from the fields' names.
    var read: [String: String] = [:]
    /// The symbols that fields are written to, if they differ from the fields' names.
    var written: [String: String] = [:]
    var injected: [String: any Sendable] = [:]
    /// The symbols that fields of the revert's input are read from, if they differ from the fields' names.
    var readByRevert: [String: String] = [:]
    var timeLimit: Duration?
    var priority: Int?
    /// The step's place, by the values of its input.
    var place: (@Sendable (LoweredAtom.Values) -> Place?)?
    /// The reason why the step can't be used.
    var problem: String?

    func atom(_ effect: Effect, _ work: LoweredAtom.Work, revertTakes ports: [Port] = []) -> LoweredAtom {
        let (output, written) = (output, written)
        return LoweredAtom(
            name: name,
            version: Task.version,
            priority: priority ?? Task.priority,
            effect: effect,
            place: place,
            requires: input.requiredPorts.map { port in
                LoweredAtom.Requirement(
                    field: port.name,
                    symbol: port.renamed(read[port.name]),
                    injected: injected[port.name],
                    hasUnclearDefault: input.unclear.contains(port.name)
                )
            },
            revertRequires: ports.map { port in
                LoweredAtom.Requirement(
                    field: port.name,
                    symbol: port.renamed(readByRevert[port.name]),
                    injected: injectedIntoRevert(port)
                )
            },
            timeLimit: timeLimit,
            isContradictory: read.keys.filter { injected[$0] != nil }.sorted(),
            provides: output.ports.map { $0.renamed(written[$0.name]) },
            fields: output.ports.map(\.name),
            restore: { try output.dissect(output.decode($0)) },
            assemble: { try output.assemble($0) },
            work: work
        )
    }

    /// The value that is injected into the execution's field of the same name and type, unless the revert reads the
    /// field from a symbol.
    private func injectedIntoRevert(_ port: Port) -> (any Sendable)? {
        guard readByRevert[port.name] == nil,
            input.ports.contains(where: { $0.name == port.name && $0.type == port.type })
        else { return nil }
        return injected[port.name]
    }

    func take(_ values: [(any Sendable)?]) throws -> Task.Input { try input.assemble(values) }

    func give(_ output: Task.Output) throws -> Produced { try Produced(output, by: self.output) }

    func outcome(_ outcome: Outcome<[any Sendable]>) throws -> Outcome<Task.Output> {
        switch outcome {
        case .succeeded(let values): .succeeded(try output.assemble(values))
        case .failed(let failure): .failed(failure)
        case .unknown: .unknown
        }
    }
}

extension Port {
    fileprivate func renamed(_ name: String?) -> Port {
        var copy = self
        copy.name = name ?? self.name
        return copy
    }
}

extension FlowTask {
    /// The atom in the form that the engine runs.
    public func lowered(with wiring: StepWiring<Self>) -> LoweredAtom {
        wiring.atom(.external, wiring.asynchronous(hooks, execute: execute, revert: nil))
    }
}

extension RevertibleTask {
    /// The atom in the form that the engine runs.
    public func lowered(with wiring: StepWiring<Self>) -> LoweredAtom {
        wiring.atom(
            .external,
            wiring.asynchronous(hooks, execute: execute) {
                try await revert(wiring.take($0), after: wiring.outcome($2))
            }
        )
    }
}

extension SeparatelyRevertibleTask {
    /// - Throws: when ``RevertInput`` isn't made of fields alone.
    static func checkRevertInput() throws { _ = try FieldMap<RevertInput>.shared() }

    /// The atom in the form that the engine runs.
    public func lowered(with wiring: StepWiring<Self>) -> LoweredAtom {
        let taken = Result { try FieldMap<RevertInput>.shared() }
        return wiring.atom(
            .external,
            wiring.asynchronous(hooks, execute: execute) {
                try await revert(taken.get().assemble($1), after: wiring.outcome($2))
            },
            revertTakes: (try? taken.get().requiredPorts) ?? []
        )
    }
}

extension PureTask {
    /// The atom in the form that the engine runs.
    public func lowered(with wiring: StepWiring<Self>) -> LoweredAtom {
        wiring.atom(.pure, wiring.asynchronous(hooks, execute: execute, revert: nil))
    }
}

extension Atom {
    fileprivate var hooks: (any TaskHooks)? { self as? any TaskHooks }
}

extension StepWiring {
    fileprivate func asynchronous(
        _ hooks: (any TaskHooks)?,
        execute: @escaping @Sendable (Task.Input) async throws -> Task.Output,
        revert: LoweredAtom.Revert?
    ) -> LoweredAtom.Work {
        guard let hooks else {
            return .asynchronous(execute: { try give(await execute(take($0))) }, revert: revert)
        }
        let hookedRevert: LoweredAtom.Revert = { inputs, revertInputs, outcome in
            try await around(hooks.preRevert, hooks.postRevert) {
                try await revert?(inputs, revertInputs, outcome)
            }
        }
        return .asynchronous(
            execute: { inputs in
                try await around(hooks.preExecute, hooks.postExecute) { try give(await execute(take(inputs))) }
            },
            revert: hookedRevert
        )
    }
}

/// Runs `before` and `body`, and then `after`, even if one of them throws; their error takes precedence over that of
/// `after`.
private func around<Result>(
    _ before: () async throws -> Void,
    _ after: () async throws -> Void,
    _ body: () async throws -> Result
) async throws -> Result {
    let result: Result
    do {
        try await before()
        result = try await body()
    } catch {
        try? await after()
        throw error
    }
    try await after()
    return result
}

extension TransactionalTask {
    /// The atom in the form that the engine runs.
    public func lowered(with wiring: StepWiring<Self>) -> LoweredAtom { wiring.transactional(self, revert: nil) }
}

extension RevertibleTransactionalTask {
    /// The atom in the form that the engine runs.
    public func lowered(with wiring: StepWiring<Self>) -> LoweredAtom {
        wiring.transactional(self) { inputs, outputs, transaction in
            try revert(
                wiring.take(inputs),
                output: wiring.output.assemble(outputs),
                in: UnfitTransaction.cast(transaction)
            )
        }
    }
}

extension Retry {
    /// The retry as a part of a flow, under its own name.
    public func lowered() -> LoweredPart { Step(self).lowered() }

    /// The retry in the form that the engine runs.
    public func lowered(with wiring: StepWiring<Self>) -> LoweredAtom { wiring.retry(self, revert: nil) }
}

extension ImmediateRetry {
    /// The retry in the form that the engine runs.
    public func lowered(with wiring: StepWiring<Self>) -> LoweredAtom {
        wiring.retry(
            self,
            immediate: { try wiring.give(next(wiring.take($0), history: History(past: $1))) },
            revert: nil
        )
    }
}

extension RevertibleRetry {
    /// The retry in the form that the engine runs.
    public func lowered(with wiring: StepWiring<Self>) -> LoweredAtom {
        wiring.retry(self) { try await revert(wiring.take($0), history: History(past: $1)) }
    }
}

extension StepWiring where Task: Retry {
    fileprivate func retry(
        _ task: Task,
        immediate: (@Sendable (LoweredAtom.Values, [PastAttempt]) throws -> Produced)? = nil,
        revert: (@Sendable (LoweredAtom.Values, [PastAttempt]) async throws -> Void)?
    ) -> LoweredAtom {
        atom(
            .pure,
            .retry(
                execute: { try give(await task.execute(take($0), history: History(past: $1))) },
                immediate: immediate,
                decide: { try task.onFailure(take($0), history: History(past: $1)) },
                revert: revert
            )
        )
    }
}

extension StepWiring where Task: TransactionalTask {
    fileprivate func transactional(_ task: Task, revert: LoweredAtom.TransactionalRevert?) -> LoweredAtom {
        atom(
            .transactional,
            .transactional(
                in: Task.Transaction.self,
                execute: { try give(task.execute(take($0), in: UnfitTransaction.cast($1))) },
                revert: revert
            )
        )
    }
}

/// A step was handed a transaction of another type than it needs. Engines refuse such flows before they start.
struct UnfitTransaction: Error {
    static func cast<Transaction>(_ transaction: Any, to type: Transaction.Type = Transaction.self) throws
        -> Transaction
    {
        guard let fitting = transaction as? Transaction else { throw UnfitTransaction() }
        return fitting
    }
}
