internal import Identity
public import VolumeAPI
public import VolumeDriver

/// A configured pool: a driver and the rules for provisioning on it.
public struct Pool: Sendable {
    /// The pool's name.
    public let name: String
    /// The kind of its driver.
    public let kind: String
    /// How many times its capacity may be provisioned if it is thin (`cinder: max_over_subscription_ratio`).
    public let overSubscriptionRatio: Double
    /// The percentage of its capacity that is never provisioned (`cinder: reserved_percentage`).
    public let reservedPercentage: Int
    /// The capabilities that volume types may demand of it beside those that it has by itself; several values are separated by
    /// commas (`cinder: extra_capabilities`).
    public let extraCapabilities: [String: String]
    /// The part of its configuration that only the scheduler uses.
    public let placement: PoolPlacement

    /// Cinder's default.
    public static let defaultOverSubscriptionRatio = 20.0

    private let source: DriverSource

    /// Creates a pool with a driver that exists already.
    public init(
        name: String,
        driver: any VolumeDriver,
        overSubscriptionRatio: Double = defaultOverSubscriptionRatio,
        reservedPercentage: Int = 0,
        extraCapabilities: [String: String] = [:],
        placement: PoolPlacement = PoolPlacement()
    ) {
        self.placement = placement
        self.name = name
        kind = type(of: driver).kind
        source = DriverSource(driver)
        self.overSubscriptionRatio = overSubscriptionRatio
        self.reservedPercentage = reservedPercentage
        self.extraCapabilities = extraCapabilities
    }

    /// Creates a pool whose driver is created when it is first needed, so that a pool that does not answer delays only
    /// requests that need it.
    ///
    /// - Parameter makingDriver: creates the driver; called again after a failure.
    public init(
        name: String,
        kind: String,
        overSubscriptionRatio: Double = defaultOverSubscriptionRatio,
        reservedPercentage: Int = 0,
        extraCapabilities: [String: String] = [:],
        placement: PoolPlacement = PoolPlacement(),
        makingDriver: @escaping @Sendable () async throws(DriverError) -> any VolumeDriver
    ) {
        self.placement = placement
        self.name = name
        self.kind = kind
        source = DriverSource(makingDriver)
        self.overSubscriptionRatio = overSubscriptionRatio
        self.reservedPercentage = reservedPercentage
        self.extraCapabilities = extraCapabilities
    }

    /// The driver, if it has been created.
    var presentDriver: (any VolumeDriver)? { source.present }

    /// Returns the driver, creating it if needed.
    ///
    /// - Throws: the reason why the driver can't be created.
    public func driver() async throws(DriverError) -> any VolumeDriver { try await source.driver() }

    /// Asks the driver for the pool's capacity. A pool whose driver fails is reported as down.
    ///
    /// - Parameters:
    ///   - driver: the pool's driver, bound to the pool's mark if it has one.
    ///   - mark: the pool's mark.
    ///   - inDetail: whether to ask for the space that volumes really take, too.
    func report(by driver: any VolumeDriver, mark: PoolID?, inDetail: Bool) async -> PoolReport {
        do {
            let capacity = inDetail ? try await driver.detailedCapacity() : try await driver.capacity()
            return report(.success(capacity), mark: mark)
        } catch {
            return report(failing: error)
        }
    }

    /// Reports the pool as down.
    func report(failing error: DriverError) -> PoolReport { report(.failure(error), mark: nil) }

    private func report(_ capacity: Result<PoolCapacity, DriverError>, mark: PoolID?) -> PoolReport {
        let (driver, features) = (presentDriver, presentDriver?.features)
        let imaging = features?.contains(.image) == true ? driver as? any ImagingDriver : nil
        return PoolReport(
            name: name,
            kind: kind,
            capacity: capacity,
            capabilities: driver?.capabilities,
            features: features,
            imageFormats: driver == nil ? nil : imaging?.imageFormats ?? [],
            extraCapabilities: extraCapabilities,
            overSubscriptionRatio: overSubscriptionRatio,
            reservedPercentage: reservedPercentage,
            mark: mark,
            placement: placement == PoolPlacement() ? nil : placement
        )
    }
}

/// The pools that draw on the same space, according to their reports or, for pools that were not asked, to their last
/// known backing.
struct SharedSpace {
    /// The names of the pools, in order, by their backing.
    private let pools: [String: [String]]

    init(_ reports: [PoolReport], _ provisioned: [String: ProvisionedCapacity]) {
        let asked = Dictionary(reports.map { ($0.name, $0.capacity?.backing) }) { first, _ in first }
        var pools: [String: [String]] = [:]
        for name in Set(asked.keys).union(provisioned.keys) {
            guard let backing = (asked[name] ?? nil) ?? provisioned[name]?.backing else { continue }
            pools[backing, default: []].append(name)
        }
        self.pools = pools.mapValues { $0.sorted() }
    }

    /// The other pools on the same space as a pool.
    func others(than report: PoolReport) -> [String] {
        guard let backing = report.capacity?.backing else { return [] }
        return (pools[backing] ?? []).filter { $0 != report.name }
    }
}
