/// Who comes first among the jobs that wait (`taskflow: jobs/base.py JobPriority`).
public enum JobPriority: String, Sendable, Hashable, Codable, CaseIterable {
    case veryHigh = "VERY_HIGH"
    case high = "HIGH"
    case normal = "NORMAL"
    case low = "LOW"
    case veryLow = "VERY_LOW"

    /// Larger for what comes first, from 0. Stored: a new priority has to leave the others' ranks as they are.
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
    /// The name, in either case; `nil` for anything else.
    public init?(_ description: String) { self.init(rawValue: description.uppercased()) }

    /// The name.
    public var description: String { rawValue }
}

extension JobPriority: Comparable {
    /// Whether `left` comes after `right`.
    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}
