/// Surrounds a run and each execution and revert of its steps with code of its own, which runs in the same task. A
/// ``Listener`` is only notified. For example, the context of a trace needs an instrument.
///
/// An instrument has to rethrow the errors of the bodies.
public protocol Instrument: Sendable {
    /// Surrounds a run, from its start or resumption to its end or suspension in this process.
    ///
    /// - Returns: what `body` returns.
    /// - Throws: the error of `body`, which is never the error of a step.
    func surround(
        run flow: FlowID,
        named name: String,
        _ body: () async throws -> FlowState
    ) async throws -> FlowState

    /// Surrounds an execution or a revert. Called inside ``surround(run:named:_:)``; in a task of its own if steps run
    /// in parallel.
    ///
    /// - Throws: the error of `body`, which is the step's.
    func surround(step context: TaskContext, _ body: () async throws -> Void) async throws

    /// Surrounds an execution or a revert of a transactional step, in the task or thread in which the store runs its
    /// transactions.
    ///
    /// - Throws: the error of `body`, which is the step's.
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

/// An ``Instrument`` returned without calling the body that it surrounds, or swallowed the body's error.
public struct StepLeftOut: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// The step's name.
    public let atom: String

    /// The message for a person: what failed and why.
    public var description: String {
        "the engine's instrument did not call step '\(atom)', or did not rethrow its error"
    }
}
