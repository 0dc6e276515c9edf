/// The failures of several steps, or a failure whose error was thrown in another process.
public struct WrappedFailure: Error, Sendable, Hashable, Codable {
    /// The failures in the order of the flow's steps.
    public let failures: [Failure]

    /// Wraps `failures`. A failure that is itself a `WrappedFailure`, as when a step has run a flow, is replaced by its
    /// contents.
    public init(failures: [Failure]) {
        self.failures = failures.flatMap { $0.error(as: WrappedFailure.self)?.failures ?? [$0] }
    }

    /// The first of `types` that one of the errors or their causes is an instance of; `nil` if there is none.
    public func check(_ types: any Error.Type...) -> (any Error.Type)? {
        types.first { type in failures.contains { $0.check([type]) != nil } }
    }

    /// The first of `names` that is the name of the type of one of the errors or their causes; `nil` if there is none.
    public func check(_ names: String...) -> String? {
        names.first { name in failures.contains { $0.check([name]) != nil } }
    }

    /// Throws the error that the step threw, if there is only one.
    ///
    /// - Parameter types: the types as which to try to decode the error in another process than the one that threw it.
    /// - Throws: the error itself; this value if there are several failures, or the error can't be decoded as one of
    ///   `types`.
    public func reraise(as types: any (Error & Decodable).Type...) throws -> Never {
        guard failures.count == 1 else { throw self }
        try failures[0].reraise(as: types)
    }
}

extension WrappedFailure: RandomAccessCollection {
    /// The position of the first failure.
    public var startIndex: Int { failures.startIndex }

    /// The position after the last failure.
    public var endIndex: Int { failures.endIndex }

    /// The failure at `position`.
    public subscript(position: Int) -> Failure { failures[position] }
}

extension WrappedFailure: CustomStringConvertible {
    /// The message for a person: what failed and why.
    public var description: String { failures.map(\.description).joined(separator: "; ") }
}
