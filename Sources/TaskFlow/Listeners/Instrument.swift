/// Surrounds a run and each execution and revert of its steps, where a ``Listener`` only hears of them: for what is bound to
/// the task in which something happens, as the context of a trace is.
///
/// What the bodies throw has to be thrown on.
public protocol Instrument: Sendable {
    /// Surrounds a run, from its start or resumption to where it ends in this process.
    ///
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws, which is never an error of a step.
    func surround(
        run flow: FlowID,
        named name: String,
        _ body: () async throws -> FlowState
    ) async throws -> FlowState

    /// Surrounds an execution or a revert. Called inside of ``surround(run:named:_:)``, in a task of its own where steps run
    /// at the same time.
    ///
    /// - Throws: what `body` throws, which is what the step throws.
    func surround(step context: TaskContext, _ body: () async throws -> Void) async throws

    /// Surrounds an execution or a revert of a transactional step, wherever the store runs its transactions.
    ///
    /// - Throws: what `body` throws, which is what the step throws.
    func surround(transactionalStep context: TaskContext, _ body: () throws -> Void) throws
}

extension EngineOptions {
    func surround(
        run flow: FlowID,
        named name: String,
        _ body: () async throws -> FlowState
    ) async throws -> FlowState {
        guard let instrument else { return try await body() }
        return try await instrument.surround(run: flow, named: name, body)
    }

    func surround<Result>(step context: TaskContext, _ body: () async throws -> Result) async throws -> Result {
        guard let instrument else { return try await body() }
        var result: Result?
        try await instrument.surround(step: context) { result = try await body() }
        guard let result else { throw StepLeftOut(atom: context.atom) }
        return result
    }

    func surround<Result>(transactionalStep context: TaskContext, _ body: () throws -> Result) throws -> Result {
        guard let instrument else { return try body() }
        var result: Result?
        try instrument.surround(transactionalStep: context) { result = try body() }
        guard let result else { throw StepLeftOut(atom: context.atom) }
        return result
    }
}

/// An ``Instrument`` returned without having called the body that it was to surround, or kept what it threw to itself.
public struct StepLeftOut: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// The step's name.
    public let atom: String

    /// For people: what failed, and why.
    public var description: String { "the engine's instrument did not let step '\(atom)' come to its end" }
}
