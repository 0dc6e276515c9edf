internal import FoundationEssentials

/// What went wrong in a step, in a form that can be stored and read by another process.
public struct Failure: Error, Sendable, Hashable, Codable {
    /// The step's name.
    public internal(set) var atom: String
    /// The name of the error's type.
    public let type: String
    /// The error in its own words.
    public let message: String
    /// What led to it, nearest first.
    public let causes: [String]
    private let payload: Payload?

    /// The error itself, if its type is `Codable`.
    private struct Payload: Sendable, Hashable, Codable {
        /// With its module, as two modules may have errors of one name.
        let type: String
        let json: String
    }

    /// Captures `error` as thrown by the step named `atom`.
    public init(_ error: any Error, in atom: String) {
        self.atom = atom
        type = "\(Swift.type(of: error))"
        message = "\(error)"
        causes = Array(sequence(first: error) { ($0 as? any CausedError)?.cause }.dropFirst().map { "\($0)" })
        payload = (error as? any Encodable).flatMap { Self.payload(of: $0) }
    }

    /// The error as it was thrown, if it was an `E` and `E` can be stored.
    public func error<E: Error & Decodable>(as type: E.Type = E.self) -> E? {
        guard let payload, payload.type == String(reflecting: type) else { return nil }
        return try? JSONDecoder().decode(type, from: Data(payload.json.utf8))
    }

    private static func payload(of error: some Encodable) -> Payload? {
        guard let json = try? JSONEncoder().encode(error) else { return nil }
        return Payload(type: String(reflecting: Swift.type(of: error)), json: String(decoding: json, as: UTF8.self))
    }
}

extension Failure: CustomStringConvertible {
    /// For people.
    public var description: String { "'\(atom)' failed: \(message)" }
}

/// An error that knows what led to it.
public protocol CausedError: Error {
    /// What led to it.
    var cause: (any Error)? { get }
}

/// The process that ran a step died while it was running, so that its outcome is not known.
public struct Interrupted: Error, Sendable, Codable, CustomStringConvertible {
    /// For people: what failed, and why.
    public var description: String { "its process died while it was running" }
}

/// Several steps of a flow failed.
public struct WrappedFailure: Error, Sendable, CustomStringConvertible {
    /// All of them, in the order of the flow's steps. Never empty.
    public let failures: [Failure]

    /// For people: what failed, and why.
    public var description: String { failures.map(\.description).joined(separator: "; ") }
}
