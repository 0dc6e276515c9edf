public import VolumeDriver

/// The size of a volume as it was requested: what it becomes in bytes depends on the pool that gets it.
public enum RequestedSize: Sendable, Hashable, Codable {
    /// This size, or a little more where the pool's allocation unit wants it.
    case exactly(ByteCount)
    /// From 1 to 100 hundredths of the free space of the pool, after its reserve.
    case share(percent: Int)

    /// `nil` for an amount to grow by.
    public init?(_ expression: SizeExpression) {
        switch expression {
        case .exactly(let size): self = .exactly(size)
        case .freePercent(let percent): self = .share(percent: percent)
        case .allFree: self = .share(percent: 100)
        case .growing: return nil
        }
    }

    /// `nil` when both are.
    package init?(size: ByteCount?, percent: Int?) {
        guard let requested = percent.map(Self.share) ?? size.map(Self.exactly) else { return nil }
        self = requested
    }

    /// The size, if it doesn't depend on a pool.
    package var size: ByteCount? {
        guard case .exactly(let size) = self else { return nil }
        return size
    }

    /// The share of a pool's free space in percent, if it is one.
    package var percent: Int? {
        guard case .share(let percent) = self else { return nil }
        return percent
    }

    /// What is reserved for the volume before it has a pool.
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
