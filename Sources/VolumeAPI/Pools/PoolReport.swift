public import Identity
public import VolumeDriver

/// What a pool said of itself, and what is configured for it.
public struct PoolReport: Sendable, Hashable, Codable {
    /// What people call it.
    public let name: String
    /// Its driver's kind.
    public let kind: String
    /// Its room; `nil` when it is down.
    public let capacity: PoolCapacity?
    /// Why it is down; `nil` when it is up.
    public let problem: String?
    /// What it can do; `nil` when it is down and could not say.
    public let capabilities: DriverCapabilities?
    /// What it offers beyond volumes; `nil` in the records of those who did not ask.
    public let features: DriverFeatures?
    /// How many times its size may be promised.
    public let overSubscriptionRatio: Double
    /// How much of it is never given away, in percent.
    public let reservedPercentage: Int
    private let remedy: String?
    private let serviceRemedy: DriverError.ServiceRemedy?
    /// The mark by which it is known; `nil` when it has none yet, its driver can't mark, or it is down.
    public let mark: PoolID?

    /// What a pool said, or why it said nothing.
    package init(
        name: String,
        kind: String,
        capacity: Result<PoolCapacity, DriverError>,
        capabilities: DriverCapabilities?,
        features: DriverFeatures? = nil,
        overSubscriptionRatio: Double,
        reservedPercentage: Int,
        mark: PoolID? = nil
    ) {
        self.name = name
        self.kind = kind
        self.mark = mark
        switch capacity {
        case .success(let capacity): (self.capacity, problem, remedy, serviceRemedy) = (capacity, nil, nil, nil)
        case .failure(let error):
            (self.capacity, problem) = (nil, error.description)
            (remedy, serviceRemedy) = (error.remedy, error.serviceRemedy)
        }
        self.capabilities = capabilities
        self.features = features
        self.overSubscriptionRatio = overSubscriptionRatio
        self.reservedPercentage = reservedPercentage
    }

    /// What can be done about its problem, best first.
    public var remedies: [Remedy] { Remedy.list(serviceRemedy, remedy) }
}
