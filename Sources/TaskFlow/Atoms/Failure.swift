/// The failure of a step, in a form that can be stored and read by another process.
///
/// Failures are equal if their stored forms are, whether or not the process still has the thrown error.
public struct Failure: Error, Sendable, Hashable, Codable {
    /// The step's name.
    public internal(set) var atom: String
    /// The error that the step threw.
    public let captured: CapturedError

    private enum CodingKeys: CodingKey {
        case atom
    }

    /// Captures `error` as thrown by the step named `atom`.
    public init(_ error: any Error, in atom: String) {
        self.atom = atom
        captured = CapturedError(error)
    }

    /// Reads the stored form.
    public init(from decoder: any Decoder) throws {
        atom = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .atom)
        captured = try CapturedError(from: decoder)
    }

    /// Writes the stored form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(atom, forKey: .atom)
        try captured.encode(to: encoder)
    }

    /// The name of the error's type.
    public var type: String { captured.type }

    /// The error's description.
    public var message: String { captured.message }

    /// All causes, nearest first; the causes of a cause come right after it.
    public var causes: [CapturedError] { Array(captured.chain.dropFirst()) }
}

// MARK: - Recognising the error

extension Failure {
    /// The thrown error, if it is an `E`.
    public func error<E: Error & Decodable>(as type: E.Type = E.self) -> E? { captured.decoded(as: type) }

    /// The first `E` among the thrown error and its causes, nearest first.
    public func first<E: Error & Decodable>(_ type: E.Type = E.self) -> E? {
        captured.chain.lazy.compactMap { $0.decoded(as: type) }.first
    }

    /// The first of `types` that the error or one of its causes is an instance of; `nil` if there is none.
    ///
    /// In another process than the one in which it was thrown, an error matches only its own type, not a superclass.
    public func check(_ types: any Error.Type...) -> (any Error.Type)? { check(types) }

    /// The first of `names` that is the name of the type of the error or of one of its causes; `nil` if there is none.
    ///
    /// - Parameter names: names of types with their module, as in `TaskFlow.Interrupted`, or without.
    public func check(_ names: String...) -> String? { check(names) }

    func check(_ types: [any Error.Type]) -> (any Error.Type)? {
        types.first { type in captured.chain.contains { $0.isA(type) } }
    }

    func check(_ names: [String]) -> String? {
        names.first { name in captured.chain.contains { $0.isNamed(name) } }
    }

    /// Throws the error that the step threw.
    ///
    /// - Parameter types: the types as which to try to decode the error in another process than the one that threw it.
    /// - Throws: the error itself; ``WrappedFailure`` if it can't be decoded as one of `types`.
    public func reraise(as types: any (Error & Decodable).Type...) throws -> Never { try reraise(as: types) }

    func reraise(as types: [any (Error & Decodable).Type]) throws -> Never {
        if let original = captured.atHand { throw original }
        for type in types {
            if let original = captured.anyDecoded(as: type) { throw original }
        }
        throw WrappedFailure(failures: [self])
    }
}

extension CapturedError {
    fileprivate func anyDecoded<E: Error & Decodable>(as type: E.Type) -> (any Error)? { decoded(as: type) }
}

/// A step's process died, or its execution was cancelled, while the step was running, so that its outcome is unknown.
public struct Interrupted: Error, Sendable, Codable, CustomStringConvertible {
    /// The message for a person: what failed and why.
    public var description: String { "it was interrupted while it was running" }
}
