/// An execution or revert of an atom that runs outside the store's transactions.
struct Call: Sendable {
    let work: LoweredAtom.Work
    let inputs: LoweredAtom.Values
    let revertInputs: LoweredAtom.Values
    let history: [PastAttempt]
    /// The outcome of the execution; only for a revert.
    let outcome: Outcome<[any Sendable]>?
    let limit: TimeLimit?
    var context: TaskContext

    var isRetry: Bool { if case .retry = work { true } else { false } }

    func execute() async throws -> Produced {
        switch work {
        case .asynchronous(let execute, _): try await execute(inputs)
        case .retry(let execute, _, _, _): try await execute(inputs, history)
        case .transactional: preconditionFailure("transactional steps run in the store's transaction alone")
        }
    }

    func revert() async throws {
        switch work {
        case .asynchronous(_, let revert): try await revert?(inputs, revertInputs, outcome ?? .unknown)
        case .retry(_, _, _, let revert): try await revert?(inputs, history)
        case .transactional: preconditionFailure("transactional steps run in the store's transaction alone")
        }
    }
}

extension FlowRun {
    func call(of atom: Int, isRepetition: Bool) -> Call {
        let compiled = recipe.atoms[atom]
        let context = context(of: atom, isRepetition: isRepetition)
        return Call(
            work: compiled.atom.work,
            inputs: inputs(of: atom),
            revertInputs: context.isReverting ? values(of: compiled.revertSources) : [],
            history: compiled.atom.isRetry ? histories[atom] ?? [] : [],
            outcome: context.isReverting ? outcome(of: atom) : nil,
            limit: limit(of: atom),
            context: context
        )
    }
}
