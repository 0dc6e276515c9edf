import DriverKit

/// The one source of chance: the same choices from the same seed, everywhere.
extension SplitMix64 {
    /// A number from 0 to `count - 1`.
    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }

    /// Whether something happens that does so `percent` times in a hundred.
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }
}
