internal import FoundationEssentials

/// An error in a form that can be stored and read by another process, with everything that led to it.
///
/// Every error can be captured: one that is not `Codable` keeps its type's name, its words and its causes.
public struct CapturedError: Sendable, Hashable, Codable {
    /// The name of the error's type.
    public let type: String
    /// The error in its own words.
    public let message: String
    /// What led to it directly, each with its own causes.
    public let causes: [CapturedError]
    private let payload: Payload?
    private let original: Original

    /// What the error is to a program.
    private struct Payload: Sendable, Hashable, Codable {
        /// With its module, as two modules may have errors of one name.
        let type: String
        /// The error itself, if its type is `Codable`.
        let json: String?
    }

    /// The error itself for as long as its process lives. It is no part of what was captured.
    private struct Original: Sendable, Hashable {
        let error: (any Error)?

        static func == (left: Self, right: Self) -> Bool { true }

        func hash(into hasher: inout Hasher) {}
    }

    private enum CodingKeys: CodingKey {
        case type, message, causes, payload
    }

    /// An error that is its own cause is followed so far and no further.
    private static let depth = 32
    /// How deep what was captured before may be to be kept as it is.
    private static let nesting = 4

    init(_ error: any Error) { self.init(error, depth: Self.depth) }

    private init(_ error: any Error, depth: Int) {
        type = "\(Swift.type(of: error))"
        // What is that deep would be described and encoded with all that is in it, and no stack is endless.
        let isDeep = Self.isDeep(error)
        message = isDeep && !(error is any CustomStringConvertible) ? type : "\(error)"
        causes =
            switch error {
            case _ where depth == 0: []
            case let failure as Failure: [failure.captured.cut(to: depth - 1)]
            case let several as WrappedFailure: several.failures.map { $0.captured.cut(to: depth - 1) }
            default: ((error as? any CausedError)?.cause).map { [CapturedError($0, depth: depth - 1)] } ?? []
            }
        payload = Payload(
            type: Self.name(of: Swift.type(of: error)),
            json: isDeep ? nil : (error as? any Encodable).flatMap { Self.json($0) }
        )
        original = Original(error: error)
    }

    /// Without the causes that are deeper than that.
    private func cut(to depth: Int) -> CapturedError {
        height <= depth ? self : CapturedError(self, causes: depth == 0 ? [] : causes.map { $0.cut(to: depth - 1) })
    }

    private init(_ whole: CapturedError, causes: [CapturedError]) {
        (type, message, self.causes) = (whole.type, whole.message, causes)
        (payload, original) = (whole.payload, whole.original)
    }

    /// How many causes lead to one another.
    private var height: Int { causes.map { $0.height + 1 }.max() ?? 0 }

    /// Whether more has led to the error than is captured; or, if it holds what was captured before, which would be encoded in
    /// itself again and again, more than a few.
    private static func isDeep(_ error: any Error) -> Bool {
        switch error {
        case let failure as Failure: return failure.captured.height >= nesting
        case let several as WrappedFailure: return several.failures.contains { $0.captured.height >= nesting }
        default: break
        }
        let chain = sequence(first: error) { ($0 as? any CausedError)?.cause }
        return chain.dropFirst(depth).contains { _ in true }
    }

    /// Reads the stored form. What was stored by earlier versions has only words for its causes.
    public init(from decoder: any Decoder) throws {
        original = Original(error: nil)
        if let words = try? decoder.singleValueContainer().decode(String.self) {
            (type, message, causes, payload) = ("", words, [], nil)
        } else {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            type = try container.decode(String.self, forKey: .type)
            message = try container.decode(String.self, forKey: .message)
            causes = try container.decode([CapturedError].self, forKey: .causes)
            payload = try container.decodeIfPresent(Payload.self, forKey: .payload)
        }
    }

    /// Writes the stored form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(type, forKey: .type)
        try container.encode(message, forKey: .message)
        try container.encode(causes, forKey: .causes)
        try container.encodeIfPresent(payload, forKey: .payload)
    }

    /// Whether it is an error of that type. In another process than its own, whether the type's name is the same.
    func isA<E: Error>(_ type: E.Type) -> Bool {
        if let error = original.error { error is E } else { payload?.type == Self.name(of: type) }
    }

    /// Whether its type has that name, with the module or without.
    func isNamed(_ name: String) -> Bool { type == name || payload?.type == name }

    /// The error as it was thrown, if it was an `E`.
    func decoded<E: Error & Decodable>(as type: E.Type) -> E? {
        guard let payload, let json = payload.json, payload.type == Self.name(of: type) else { return nil }
        return try? JSONDecoder().decode(type, from: Data(json.utf8))
    }

    /// The error itself, in the process that captured it.
    var atHand: (any Error)? { original.error }

    /// Itself and all that led to it, each before its own causes.
    var chain: [CapturedError] { [self] + causes.flatMap(\.chain) }

    /// With the module, unless the type has a name of its own. Without the address that stands in the name of a private type, which no other process has.
    private static func name(of type: any Any.Type) -> String {
        if let named = type as? any NamedError.Type { return named.storedName }
        let name = String(reflecting: type)
        return name.contains("(unknown") ? name.replacing(/\(unknown context at \$[0-9a-f]+\)\./, with: "") : name
    }

    private static func json(_ error: some Encodable) -> String? {
        let encoder = JSONEncoder()
        // In one order, so that two captures of one error are equal.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try? String(decoding: encoder.encode(error), as: UTF8.self)
    }
}

extension CapturedError: CustomStringConvertible {
    /// The error in its own words.
    public var description: String { message }
}

/// An error that is stored under a name of its own, so that its type can be renamed or moved to another module.
public protocol NamedError: Error {
    /// With a module, as in `TaskFlow.Interrupted`: the one under which it has been stored so far.
    static var storedName: String { get }
}

/// An error that knows what led to it.
public protocol CausedError: Error {
    /// What led to it.
    var cause: (any Error)? { get }
}
