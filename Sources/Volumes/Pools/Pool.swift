internal import Identity
internal import VolumeAPI
public import VolumeDriver

/// A place for volumes: a driver, and how much may be promised on it.
public struct Pool: Sendable {
    /// What people call it.
    public let name: String
    /// Its driver's kind.
    public let kind: String
    /// How many times its size may be promised when space is taken as it is written (`cinder: max_over_subscription_ratio`).
    public let overSubscriptionRatio: Double
    /// How much of it is never given away, in percent (`cinder: reserved_percentage`).
    public let reservedPercentage: Int

    /// Cinder's own default for thin pools.
    public static let defaultOverSubscriptionRatio = 20.0

    private let source: DriverSource

    /// A pool that `driver` serves.
    public init(
        name: String,
        driver: any VolumeDriver,
        overSubscriptionRatio: Double = defaultOverSubscriptionRatio,
        reservedPercentage: Int = 0
    ) {
        self.name = name
        kind = type(of: driver).kind
        source = DriverSource(driver)
        self.overSubscriptionRatio = overSubscriptionRatio
        self.reservedPercentage = reservedPercentage
    }

    /// A pool whose driver is made when it is first needed: one that does not answer holds up nobody who needs no answer.
    ///
    /// - Parameter makingDriver: makes the driver; called again as long as it throws.
    public init(
        name: String,
        kind: String,
        overSubscriptionRatio: Double = defaultOverSubscriptionRatio,
        reservedPercentage: Int = 0,
        makingDriver: @escaping @Sendable () async throws(DriverError) -> any VolumeDriver
    ) {
        self.name = name
        self.kind = kind
        source = DriverSource(makingDriver)
        self.overSubscriptionRatio = overSubscriptionRatio
        self.reservedPercentage = reservedPercentage
    }

    /// What turns volumes into storage here, if it has been needed before.
    var presentDriver: (any VolumeDriver)? { source.present }

    /// What turns volumes into storage here.
    ///
    /// - Throws: the reason for which the driver can't be made.
    public func driver() async throws(DriverError) -> any VolumeDriver { try await source.driver() }

    /// Asks a driver how the pool is. Never fails: a pool that can't tell is down, and says why.
    ///
    /// - Parameters:
    ///   - driver: the pool's, bound to its mark if it has one.
    ///   - mark: the pool's mark.
    ///   - inDetail: whether it is told what volumes have of the pool.
    func report(by driver: any VolumeDriver, mark: PoolID?, inDetail: Bool) async -> PoolReport {
        do {
            let capacity = inDetail ? try await driver.detailedCapacity() : try await driver.capacity()
            return report(.success(capacity), mark: mark)
        } catch {
            return report(failing: error)
        }
    }

    /// The pool is down.
    func report(failing error: DriverError) -> PoolReport { report(.failure(error), mark: nil) }

    private func report(_ capacity: Result<PoolCapacity, DriverError>, mark: PoolID?) -> PoolReport {
        PoolReport(
            name: name,
            kind: kind,
            capacity: capacity,
            capabilities: presentDriver?.capabilities,
            features: presentDriver?.features,
            overSubscriptionRatio: overSubscriptionRatio,
            reservedPercentage: reservedPercentage,
            mark: mark
        )
    }
}

extension PoolReport {
    /// The names of the other pools that take their room from the same place: as they say now, or, where they were not asked,
    /// as they said last.
    func sharing(among reports: [PoolReport], _ provisioned: [String: ProvisionedCapacity]) -> [String] {
        guard let backing = capacity?.backing else { return [] }
        let asked = Dictionary(reports.map { ($0.name, $0.capacity?.backing) }) { first, _ in first }
        return Set(asked.keys).union(provisioned.keys).subtracting([name])
            .filter { (asked[$0] ?? nil) ?? provisioned[$0]?.backing == backing }
            .sorted()
    }
}
