/// One filter's result on a pool, with the values that it compared.
public struct FilterCheck: Sendable, Hashable, Codable {
    /// The filter's name.
    public let filter: String
    /// Whether it let the pool pass.
    public let passes: Bool
    /// The compared values, as text for people.
    public let compared: String

    package init(_ filter: String, passes: Bool, _ compared: String) {
        (self.filter, self.passes, self.compared) = (filter, passes, compared)
    }
}

/// One weigher's score of a pool.
public struct WeigherScore: Sendable, Hashable, Codable {
    /// The weigher's name.
    public let weigher: String
    /// The value that the weigher gave.
    public let value: Double
    /// The value relative to the other candidates, from 0 for the least to 1 for the largest; the value itself where pools are
    /// drawn at random.
    public let normalized: Double
    /// The configured factor.
    public let multiplier: Double

    package init(weigher: String, value: Double, normalized: Double, multiplier: Double) {
        self.weigher = weigher
        self.value = value
        self.normalized = normalized
        self.multiplier = multiplier
    }

    /// The contribution to the pool's weight.
    public var score: Double { normalized * multiplier }
}
