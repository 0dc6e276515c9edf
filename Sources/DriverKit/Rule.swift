public import VolumeDriver

/// A rule of the contract with its check.
public struct Rule: Sendable, Identifiable {
    /// The permanent name of the rule.
    public let id: String
    /// The text of the rule, in the indicative.
    public let sentence: String
    /// The features that a driver has to support for the rule to concern it.
    public let feature: DriverFeatures
    let check: @Sendable (Bench) async throws -> Void

    init(
        _ id: String,
        _ sentence: String,
        of feature: DriverFeatures = [],
        check: @escaping @Sendable (Bench) async throws -> Void
    ) {
        self.id = id
        self.sentence = sentence
        self.feature = feature
        self.check = check
    }
}

extension Rule: CustomStringConvertible {
    /// The id and the text of the rule.
    public var description: String { "\(id): \(sentence)" }
}
