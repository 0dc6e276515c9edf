internal import Identity
public import VolumeAPI
public import VolumeDriver

/// A configured pool: a driver and the rules for provisioning on it.
public struct Pool: Sendable {
    /// The pool's name. With hosts, that of a pool of one host ends with the host's: `default@alpha`.
    public private(set) var name: String
    /// The pool's name in the configuration.
    public let configuredName: String
    /// Whether any host may serve it; otherwise it belongs to the host that has it in its configuration.
    public let isShared: Bool
    /// The kind of its driver.
    public let kind: String
    /// How many times its capacity may be provisioned if it is thin (`cinder: max_over_subscription_ratio`).
    public let overSubscriptionRatio: Double
    /// Whether the ratio follows from how much of the provisioned capacity is in use, and ``overSubscriptionRatio`` is that of
    /// the empty pool (`cinder: max_over_subscription_ratio = auto`).
    public let hasAutomaticRatio: Bool
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
        hasAutomaticRatio: Bool = false,
        reservedPercentage: Int = 0,
        extraCapabilities: [String: String] = [:],
        placement: PoolPlacement = PoolPlacement()
    ) {
        self.placement = placement
        (self.name, configuredName) = (name, name)
        kind = type(of: driver).kind
        isShared = type(of: driver).isShared
        source = DriverSource(driver)
        self.overSubscriptionRatio = overSubscriptionRatio
        self.hasAutomaticRatio = hasAutomaticRatio
        self.reservedPercentage = reservedPercentage
        self.extraCapabilities = extraCapabilities
    }

    /// Creates a pool whose driver is created when it is first needed, so that a pool that does not answer delays only
    /// requests that need it.
    ///
    /// - Parameters:
    ///   - isShared: whether any host may serve it.
    ///   - makingDriver: creates the driver; called again after a failure.
    public init(
        name: String,
        kind: String,
        overSubscriptionRatio: Double = defaultOverSubscriptionRatio,
        hasAutomaticRatio: Bool = false,
        reservedPercentage: Int = 0,
        extraCapabilities: [String: String] = [:],
        placement: PoolPlacement = PoolPlacement(),
        isShared: Bool = false,
        makingDriver: @escaping @Sendable () async throws(DriverError) -> any VolumeDriver
    ) {
        self.placement = placement
        (self.name, configuredName) = (name, name)
        self.kind = kind
        self.isShared = isShared
        source = DriverSource(makingDriver)
        self.overSubscriptionRatio = overSubscriptionRatio
        self.hasAutomaticRatio = hasAutomaticRatio
        self.reservedPercentage = reservedPercentage
        self.extraCapabilities = extraCapabilities
    }

    /// The pool as it is known among several hosts.
    ///
    /// - Parameter host: the host that has it in its configuration.
    func on(_ host: String) -> Pool {
        var pool = self
        if !isShared { pool.name = PoolName(configuredName, on: host).description }
        return pool
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
        let driver = presentDriver
        let features = driver?.features
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
            hasAutomaticRatio: hasAutomaticRatio,
            reservedPercentage: reservedPercentage,
            mark: mark,
            placement: placement == PoolPlacement() ? nil : placement
        )
    }
}

/// The pools that draw on the same space, according to their reports or, for pools that were not asked, to their last
/// known backing.
struct SharedSpace {
    /// The names of the pools by their backing: those that were asked, in their order, and then the others.
    private var pools: [String: [String]] = [:]
    /// The capacity that is provisioned in them.
    private var provisioned: [String: ByteCount] = [:]

    init(_ reports: [PoolReport], _ provisioned: [String: ProvisionedCapacity]) {
        var asked: Set<String> = []
        for report in reports {
            let own = provisioned[report.name]
            if own != nil { asked.insert(report.name) }
            guard let backing = report.capacity?.backing ?? own?.backing else { continue }
            add(report.name, own, on: backing)
        }
        guard asked.count < provisioned.count else { return }
        for (name, own) in provisioned.filter({ !asked.contains($0.key) }).sorted(by: { $0.key < $1.key }) {
            if let backing = own.backing { add(name, own, on: backing) }
        }
    }

    private mutating func add(_ name: String, _ own: ProvisionedCapacity?, on backing: String) {
        pools[backing, default: []].append(name)
        provisioned[backing] = (provisioned[backing] ?? .zero).addingSaturated(own?.size ?? .zero)
    }

    /// The other pools on the same space as a pool.
    func others(than report: PoolReport) -> [String] {
        guard let backing = report.capacity?.backing else { return [] }
        return (pools[backing] ?? []).filter { $0 != report.name }
    }

    /// Some of the other pools on the same space as a pool, and how many more there are.
    func someOthers(than report: PoolReport) -> (names: [String], further: Int) {
        guard let all = report.capacity?.backing.flatMap({ pools[$0] }) else { return ([], 0) }
        let names = Array(all.lazy.filter { $0 != report.name }.prefix(8))
        return (names, all.count - 1 - names.count)
    }

    /// The capacity that is provisioned in a pool and in the others on its space.
    ///
    /// - Parameter own: what is provisioned in the pool.
    func provisioned(with report: PoolReport, _ own: ProvisionedCapacity) -> ByteCount {
        report.capacity?.backing.flatMap { provisioned[$0] } ?? own.size
    }
}

extension ByteCount {
    /// The sum, or the largest size if the sum is larger.
    fileprivate func addingSaturated(_ other: ByteCount) -> ByteCount {
        adding(other) ?? ByteCount(bytes: .max) ?? .zero
    }
}
