/// The properties of a pool's space.
public struct DriverCapabilities: Sendable, Hashable, Codable {
    /// Whether space is allocated when it is written, so that more can be provisioned than exists.
    public let isThin: Bool
    /// The allocation unit: sizes of volumes are multiples of it.
    public let granule: ByteCount

    /// - Parameter granule: the allocation unit; never zero.
    public init(isThin: Bool, granule: ByteCount) {
        self.isThin = isThin
        self.granule = granule
    }
}
