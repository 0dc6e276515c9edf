/// What went wrong in several steps, or in another process.
public struct WrappedFailure: Error, Sendable, Hashable, Codable {
    /// All of them, in the order of the flow's steps.
    public let failures: [Failure]

    /// All of `failures`. In place of one that itself is of several, as when a step has run a flow of its own, stand those.
    public init(failures: [Failure]) {
        self.failures = failures.flatMap { $0.error(as: WrappedFailure.self)?.failures ?? [$0] }
    }

    /// The first of `types` that one of the errors or of their causes is of; `nil` if there is none.
    public func check(_ types: any Error.Type...) -> (any Error.Type)? {
        types.first { type in failures.contains { $0.check([type]) != nil } }
    }

    /// The first of `names` that is the name of the type of one of the errors or of their causes; `nil` if there is none.
    public func check(_ names: String...) -> String? {
        names.first { name in failures.contains { $0.check([name]) != nil } }
    }

    /// Throws what was thrown, if that was one error.
    ///
    /// - Parameter types: as which to try to read it in another process than the one in which it was thrown.
    /// - Throws: the error itself, or this if there are several or only words are left.
    public func reraise(as types: any (Error & Decodable).Type...) throws -> Never {
        guard failures.count == 1 else { throw self }
        try failures[0].reraise(as: types)
    }
}

extension WrappedFailure: RandomAccessCollection {
    /// Where the first is.
    public var startIndex: Int { failures.startIndex }

    /// Where the last would have its next.
    public var endIndex: Int { failures.endIndex }

    /// The failure at `position`.
    public subscript(position: Int) -> Failure { failures[position] }
}

extension WrappedFailure: CustomStringConvertible {
    /// For people: what failed, and why.
    public var description: String { failures.map(\.description).joined(separator: "; ") }
}
