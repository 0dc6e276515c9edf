/// A step made of closures (`taskflow: FunctorTask`).
///
/// ```swift
/// Step("reserve-space") { (input: Size) in Place(path: try await backend.reserve(input.bytes)) }
/// ```
public struct FunctorTask<Input: Fields, Output: Fields>: RevertibleTask {
    /// `functor`; a step made of closures always has a name of its own instead.
    public static var name: String { "functor" }
    fileprivate let execution: @Sendable (Input) async throws -> Output
    fileprivate let reversion: @Sendable (Input, Outcome<Output>) async throws -> Void

    /// Calls the closure for the execution.
    public func execute(_ input: Input) async throws -> Output { try await execution(input) }

    /// Calls the closure for the revert.
    public func revert(_ input: Input, after outcome: Outcome<Output>) async throws {
        try await reversion(input, outcome)
    }
}

extension Step {
    /// Creates an external step from closures.
    ///
    /// - Parameters:
    ///   - name: the step's name, unique in the flow and stored.
    ///   - revert: undoes what `execute` did or may have done; does nothing by default.
    public init<Input, Output>(
        _ name: String,
        revert: @escaping @Sendable (Input, Outcome<Output>) async throws -> Void = { _, _ in },
        execute: @escaping @Sendable (Input) async throws -> Output
    ) where Task == FunctorTask<Input, Output> {
        self.init(FunctorTask(execution: execute, reversion: revert), named: name)
    }

    /// Creates an external step without output from closures.
    ///
    /// - Parameters:
    ///   - name: the step's name, unique in the flow and stored.
    ///   - revert: undoes what `execute` did or may have done; does nothing by default.
    public init<Input>(
        _ name: String,
        revert: @escaping @Sendable (Input, Outcome<Nothing>) async throws -> Void = { _, _ in },
        execute: @escaping @Sendable (Input) async throws -> Void
    ) where Task == FunctorTask<Input, Nothing> {
        let execution: @Sendable (Input) async throws -> Nothing = { input in
            try await execute(input)
            return Nothing()
        }
        self.init(FunctorTask(execution: execution, reversion: revert), named: name)
    }

    /// Creates an external step without input from a closure.
    public init<Output>(_ name: String, execute: @escaping @Sendable () async throws -> Output)
    where Task == FunctorTask<Nothing, Output> {
        self.init(name) { (_: Nothing) in try await execute() }
    }

    /// Creates an external step without input and output from a closure.
    public init(_ name: String, execute: @escaping @Sendable () async throws -> Void)
    where Task == FunctorTask<Nothing, Nothing> {
        self.init(name) { (_: Nothing) in
            try await execute()
            return Nothing()
        }
    }
}
