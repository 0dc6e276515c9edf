/// A rule of the stores' contract, and its check.
public struct Rule: Sendable, Identifiable {
    /// The rule's name, which never changes.
    public let id: String
    /// The rule as a sentence in the indicative.
    public let sentence: String
    let check: @Sendable (Bench) async throws -> Void

    init(_ id: String, _ sentence: String, check: @escaping @Sendable (Bench) async throws -> Void) {
        self.id = id
        self.sentence = sentence
        self.check = check
    }
}

extension Rule: CustomStringConvertible {
    /// `throw-no-effect: a body that throws leaves nothing`
    public var description: String { "\(id): \(sentence)" }
}

/// An error that a check throws on purpose.
struct Woot: Error, Codable, Equatable {}
