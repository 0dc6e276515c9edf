public import VolumeDriver

/// A place for volumes: a driver, and how much may be promised on it.
public struct Pool: Sendable {
    /// What people call it.
    public let name: String
    /// What turns volumes into storage here.
    public let driver: any VolumeDriver
    /// How many times its size may be promised when space is taken as it is written (`cinder: max_over_subscription_ratio`).
    public let overSubscriptionRatio: Double
    /// How much of it is never given away, in percent (`cinder: reserved_percentage`).
    public let reservedPercentage: Int

    /// Cinder's own default for thin pools.
    public static let defaultOverSubscriptionRatio = 20.0

    /// A pool that `driver` serves.
    public init(
        name: String,
        driver: any VolumeDriver,
        overSubscriptionRatio: Double = defaultOverSubscriptionRatio,
        reservedPercentage: Int = 0
    ) {
        self.name = name
        self.driver = driver
        self.overSubscriptionRatio = overSubscriptionRatio
        self.reservedPercentage = reservedPercentage
    }

    /// The driver's kind.
    public var kind: String { type(of: driver).kind }

    /// Asks the driver how the pool is. Never fails: a pool that can't tell is down, and says why.
    func report() async -> PoolReport {
        let capacity: Result<PoolCapacity, DriverError>
        do {
            capacity = .success(try await driver.capacity())
        } catch {
            capacity = .failure(error)
        }
        return PoolReport(
            name: name,
            kind: kind,
            capacity: capacity,
            capabilities: driver.capabilities,
            features: driver.features,
            overSubscriptionRatio: overSubscriptionRatio,
            reservedPercentage: reservedPercentage
        )
    }
}

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
    /// What it can do.
    public let capabilities: DriverCapabilities
    /// What it offers beyond volumes; `nil` in the records of those who did not ask.
    public let features: DriverFeatures?
    /// How many times its size may be promised.
    public let overSubscriptionRatio: Double
    /// How much of it is never given away, in percent.
    public let reservedPercentage: Int

    init(
        name: String,
        kind: String,
        capacity: Result<PoolCapacity, DriverError>,
        capabilities: DriverCapabilities,
        features: DriverFeatures? = nil,
        overSubscriptionRatio: Double,
        reservedPercentage: Int
    ) {
        self.name = name
        self.kind = kind
        switch capacity {
        case .success(let capacity): (self.capacity, problem) = (capacity, nil)
        case .failure(let error): (self.capacity, problem) = (nil, error.description)
        }
        self.capabilities = capabilities
        self.features = features
        self.overSubscriptionRatio = overSubscriptionRatio
        self.reservedPercentage = reservedPercentage
    }
}

/// How much has been promised on a pool.
public struct PoolPromises: Sendable, Hashable, Codable {
    /// To how many volumes.
    public var volumes = 0
    /// Of what size together.
    public var size = ByteCount.zero
}
