/// The precedence of a job among waiting jobs (`taskflow: jobs/base.py JobPriority`).
public enum JobPriority: String, Sendable, Hashable, Codable, CaseIterable {
    case veryHigh = "VERY_HIGH"
    case high = "HIGH"
    case normal = "NORMAL"
    case low = "LOW"
    case veryLow = "VERY_LOW"

    /// The rank, from 0; a larger rank comes first. Ranks are stored, so a new priority must not change those of the
    /// others.
    public var rank: Int {
        switch self {
        case .veryHigh: 4
        case .high: 3
        case .normal: 2
        case .low: 1
        case .veryLow: 0
        }
    }
}

extension JobPriority: LosslessStringConvertible {
    /// Creates a priority from its name in upper or lower case; `nil` if there is none of that name.
    public init?(_ description: String) { self.init(rawValue: description.uppercased()) }

    /// The name.
    public var description: String { rawValue }
}

extension JobPriority: Comparable {
    /// Whether `left` has less precedence than `right`.
    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}
