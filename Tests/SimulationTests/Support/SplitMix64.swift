import DriverKit

/// The only source of randomness: the same seed gives the same choices on every machine.
extension SplitMix64 {
    /// A number from 0 to `count - 1`.
    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }

    /// Returns `true` with a probability of `percent`.
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }
}
