public import VolumeDriver

/// The requested size of a volume. Its size in bytes depends on the pool in which it is placed.
public enum RequestedSize: Sendable, Hashable, Codable {
    /// This size, rounded up to the pool's allocation unit.
    case exactly(ByteCount)
    /// A percentage, from 1 to 100, of the pool's unreserved free space.
    case share(percent: Int)

    /// `nil` for a growth, such as `+5G`.
    public init?(_ expression: SizeExpression) {
        switch expression {
        case .exactly(let size): self = .exactly(size)
        case .freePercent(let percent): self = .share(percent: percent)
        case .allFree: self = .share(percent: 100)
        case .growing: return nil
        }
    }

    /// The stored form, in which exactly one value is set; `nil` if both are missing.
    package init?(size: ByteCount?, percent: Int?) {
        guard let requested = percent.map(Self.share) ?? size.map(Self.exactly) else { return nil }
        self = requested
    }

    /// The size, if it does not depend on a pool.
    package var size: ByteCount? {
        guard case .exactly(let size) = self else { return nil }
        return size
    }

    /// The percentage, if this is a share of the free space.
    package var percent: Int? {
        guard case .share(let percent) = self else { return nil }
        return percent
    }

    /// The quota that is reserved before a pool is chosen.
    package var reservation: ByteCount { size ?? .zero }
}

extension RequestedSize: CustomStringConvertible {
    /// `10 GiB`, `50 % of the free space`.
    public var description: String {
        switch self {
        case .exactly(let size): "\(size)"
        case .share(percent: 100): "all free space"
        case .share(let percent): "\(percent) % of the free space"
        }
    }
}
