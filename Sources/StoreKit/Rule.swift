/// A sentence of the contract, and how to find out whether a store keeps it.
public struct Rule: Sendable, Identifiable {
    /// Its name, which stays the same.
    public let id: String
    /// What it says, in the indicative.
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

/// What a rule's body throws on purpose.
struct Woot: Error, Codable, Equatable {}
