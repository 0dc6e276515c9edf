public import VolumeDriver

/// A sentence of the contract, and how to find out whether a driver keeps it.
public struct Rule: Sendable, Identifiable {
    /// Its name, which stays the same.
    public let id: String
    /// What it says, in the indicative.
    public let sentence: String
    /// What a driver has to offer for the rule to concern it.
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
    /// `create-twice: to create a volume again is success and leaves its content`.
    public var description: String { "\(id): \(sentence)" }
}
