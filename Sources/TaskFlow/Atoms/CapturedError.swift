internal import FoundationEssentials

/// An error and its causes, in a form that can be stored and read by another process.
///
/// Every error can be captured: an error that is not `Codable` keeps the name of its type, its message and its causes.
public struct CapturedError: Sendable, Hashable, Codable {
    /// The name of the error's type.
    public let type: String
    /// The error's description.
    public let message: String
    /// The error's direct causes, each with its own causes.
    public let causes: [CapturedError]
    private let payload: Payload?
    private let original: Original

    /// The data by which a program recognises the error and reads it back.
    private struct Payload: Sendable, Hashable, Codable {
        /// The name of the error's type with its module, since two modules may have errors of the same name.
        let type: String
        /// The error itself, if its type is `Codable`.
        let json: String?
    }

    /// The thrown error, in the process that captured it. It is not stored, and equality ignores it.
    private struct Original: Sendable, Hashable {
        let error: (any Error)?

        static func == (left: Self, right: Self) -> Bool { true }

        func hash(into hasher: inout Hasher) {}
    }

    private enum CodingKeys: CodingKey {
        case type, message, causes, payload
    }

    /// The greatest number of causes that are followed, since an error may be its own cause.
    private static let depth = 32
    /// The number of causes in a row from which an error that holds captured errors is described only by its type and
    /// causes.
    private static let nesting = 4

    init(_ error: any Error) { self.init(error, depth: Self.depth) }

    private init(_ error: any Error, depth: Int) {
        type = "\(Swift.type(of: error))"
        // Describing or encoding a deep error would recurse into everything in it, and could overflow the stack.
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

    /// A copy without the causes below `depth`.
    private func cut(to depth: Int) -> CapturedError {
        height <= depth ? self : CapturedError(self, causes: depth == 0 ? [] : causes.map { $0.cut(to: depth - 1) })
    }

    private init(_ whole: CapturedError, causes: [CapturedError]) {
        (type, message, self.causes) = (whole.type, whole.message, causes)
        (payload, original) = (whole.payload, whole.original)
    }

    /// The length of the longest chain of causes.
    private var height: Int { causes.map { $0.height + 1 }.max() ?? 0 }

    /// Whether the error's chain of causes is too long to describe and encode the error as a whole.
    ///
    /// For an error that holds captured errors the limit is ``nesting``, as its encoding repeats theirs at every level;
    /// for others it is ``depth``.
    private static func isDeep(_ error: any Error) -> Bool {
        switch error {
        case let failure as Failure: return failure.captured.height >= nesting
        case let several as WrappedFailure: return several.failures.contains { $0.captured.height >= nesting }
        default: break
        }
        let chain = sequence(first: error) { ($0 as? any CausedError)?.cause }
        return chain.dropFirst(depth).contains { _ in true }
    }

    /// Reads the stored form. In that of earlier versions a cause is only a message.
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

    /// Whether the error is of type `type`; in another process than the one that captured it, whether the type's name
    /// is the same.
    func isA<E: Error>(_ type: E.Type) -> Bool {
        if let error = original.error { error is E } else { payload?.type == Self.name(of: type) }
    }

    /// Whether the error's type is named `name`, with or without its module.
    func isNamed(_ name: String) -> Bool { type == name || payload?.type == name }

    /// The error as it was thrown, if it was an `E`.
    func decoded<E: Error & Decodable>(as type: E.Type) -> E? {
        guard let payload, let json = payload.json, payload.type == Self.name(of: type) else { return nil }
        return try? JSONDecoder().decode(type, from: Data(json.utf8))
    }

    /// The error itself, in the process that captured it.
    var atHand: (any Error)? { original.error }

    /// The error and all its causes, each before its own causes.
    var chain: [CapturedError] { [self] + causes.flatMap(\.chain) }

    /// The name under which errors of `type` are stored: the one that the type declares (``NamedError``), or else the
    /// type's name with its module, without the address in the name of a private type, which differs in each process.
    private static func name(of type: any Any.Type) -> String {
        if let named = type as? any NamedError.Type { return named.storedName }
        let name = String(reflecting: type)
        return name.contains("(unknown") ? name.replacing(/\(unknown context at \$[0-9a-f]+\)\./, with: "") : name
    }

    private static func json(_ error: some Encodable) -> String? {
        let encoder = JSONEncoder()
        // Sorted keys, so that two captures of one error are equal.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try? String(decoding: encoder.encode(error), as: UTF8.self)
    }
}

extension CapturedError: CustomStringConvertible {
    /// The error's own description.
    public var description: String { message }
}

/// An error that is stored under a name of its own, so that its type can be renamed or moved to another module.
public protocol NamedError: Error {
    /// The type's name with the module under which it has been stored so far, as in `TaskFlow.Interrupted`.
    static var storedName: String { get }
}

/// An error that has a cause.
public protocol CausedError: Error {
    /// The error that led to this one.
    var cause: (any Error)? { get }
}
