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

/// That a store does not keep a rule.
struct Breach: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// That a rule does not concern a store.
struct Skip: Error {
    let reason: String
}

/// What a rule's body throws on purpose.
struct Woot: Error, Codable, Equatable {}
