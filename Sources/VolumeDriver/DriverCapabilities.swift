/// What a pool can do.
public struct DriverCapabilities: Sendable, Hashable, Codable {
    /// Whether space is taken as it is written, so that more may be promised than there is.
    public let isThin: Bool
    /// Sizes are multiples of this.
    public let granule: ByteCount

    /// - Parameter granule: sizes of volumes are multiples of this; never zero.
    public init(isThin: Bool, granule: ByteCount) {
        self.isThin = isThin
        self.granule = granule
    }
}
