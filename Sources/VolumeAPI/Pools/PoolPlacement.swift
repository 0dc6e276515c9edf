/// The part of a pool's configuration that only the scheduler uses.
public struct PoolPlacement: Sendable, Hashable, Codable {
    /// The availability zone; `nil` for none.
    public var zone: String?
    /// An expression that has to hold for a new volume (`cinder: filter_function`).
    public var filterFunction: String?
    /// An expression from 0 to 100 for the goodness weigher (`cinder: goodness_function`).
    public var goodnessFunction: String?

    /// - Parameters:
    ///   - zone: the availability zone.
    ///   - filterFunction: an expression that has to hold for a new volume.
    ///   - goodnessFunction: an expression from 0 to 100 for the goodness weigher.
    public init(zone: String? = nil, filterFunction: String? = nil, goodnessFunction: String? = nil) {
        self.zone = zone
        self.filterFunction = filterFunction
        self.goodnessFunction = goodnessFunction
    }
}
