public import FoundationEssentials
public import Identity
public import VolumeDriver

/// The report of a pool's driver about it, and the pool's configuration.
public struct PoolReport: Sendable, Hashable, Codable {
    /// The pool's name.
    public let name: String
    /// The kind of its driver.
    public let kind: String
    /// The reported capacity; `nil` when the pool is down.
    public private(set) var capacity: PoolCapacity?
    /// The reason why the pool is down; `nil` when it is up.
    public private(set) var problem: String?
    /// The driver's capabilities; `nil` when the driver could not be created.
    public let capabilities: DriverCapabilities?
    /// The driver's optional features; `nil` when the driver could not be created, and in some old records.
    public let features: DriverFeatures?
    /// The formats of image files that can be written to its volumes; `nil` in some old records.
    package let imageFormats: Set<ImageFormat>?
    /// The capabilities that the configuration gives it (`cinder: extra_capabilities`); `nil` for none.
    package let extraCapabilities: [String: String]?
    /// The part of its configuration that only the scheduler uses; `nil` for none.
    public let placement: PoolPlacement?
    /// How many times its capacity may be provisioned if the pool is thin; of an empty pool, if the ratio is automatic.
    public let overSubscriptionRatio: Double
    /// Whether the ratio follows from how much of the provisioned capacity is in use; `nil` for no.
    private let isRatioAutomatic: Bool?
    /// The percentage of its capacity that is never provisioned.
    public let reservedPercentage: Int
    private var remedy: String?
    private var serviceRemedy: DriverError.ServiceRemedy?
    /// The mark that identifies the pool; `nil` when it has none yet, its driver can't mark, or the pool is down.
    public let mark: PoolID?
    /// The time at which another host reported the pool; `nil` if this host has asked it.
    public private(set) var reportedAt: Date?

    package init(
        name: String,
        kind: String,
        capacity: Result<PoolCapacity, DriverError>,
        capabilities: DriverCapabilities?,
        features: DriverFeatures? = nil,
        imageFormats: Set<ImageFormat>? = nil,
        extraCapabilities: [String: String] = [:],
        overSubscriptionRatio: Double,
        hasAutomaticRatio: Bool = false,
        reservedPercentage: Int,
        mark: PoolID? = nil,
        placement: PoolPlacement? = nil
    ) {
        self.name = name
        self.kind = kind
        self.mark = mark
        self.placement = placement
        switch capacity {
        case .success(let capacity): (self.capacity, problem, remedy, serviceRemedy) = (capacity, nil, nil, nil)
        case .failure(let error):
            (self.capacity, problem) = (nil, error.description)
            (remedy, serviceRemedy) = (error.remedy, error.serviceRemedy)
        }
        self.capabilities = capabilities
        self.features = features
        self.imageFormats = imageFormats
        self.extraCapabilities = extraCapabilities.isEmpty ? nil : extraCapabilities
        self.overSubscriptionRatio = overSubscriptionRatio
        isRatioAutomatic = hasAutomaticRatio ? true : nil
        self.reservedPercentage = reservedPercentage
    }

    /// The host that alone reaches the pool; `nil` if all do, or if the database has no hosts.
    public var host: String? { PoolName(name).host }

    /// The pool's name in the configuration of its host.
    public var configuredName: String { PoolName(name).base }

    /// The report as another host gave it, or a report of a pool that is down.
    ///
    /// - Parameter problem: why the pool counts as down, whatever the report says; `nil` if it does not.
    package func reported(at time: Date?, problem error: DriverError? = nil) -> PoolReport {
        var report = self
        report.reportedAt = time
        guard let error else { return report }
        (report.capacity, report.problem) = (nil, error.description)
        (report.remedy, report.serviceRemedy) = (error.remedy, error.serviceRemedy)
        return report
    }

    /// The values that the pool has of a capability that a volume type may demand; `nil` if it has no such capability.
    package func offered(_ capability: String) -> [String]? {
        switch capability {
        case "pool_name": return names
        case "driver": return [kind]
        case "thin_provisioning_support": if let capabilities { return ["\(capabilities.isThin)"] }
        case "thick_provisioning_support": if let capabilities { return ["\(!capabilities.isThin)"] }
        case "multiattach": if let features { return ["\(!features.isDisjoint(with: [.attach, .export]))"] }
        default: break
        }
        if let value = extraCapabilities?[capability] {
            return value.split(separator: ",").map { $0.trimmingPrefix { $0 == " " } }.map(String.init)
        }
        return capability == "volume_backend_name" ? names : nil
    }

    /// The names by which a type may demand the pool: on any host, or on its own.
    private var names: [String] { host == nil ? [name] : [configuredName, name] }

    /// Whether the over-subscription ratio follows from how much of the provisioned capacity is in use.
    public var hasAutomaticRatio: Bool { isRatioAutomatic == true }

    /// How many times the pool's capacity may be provisioned now (`cinder: calculate_max_over_subscription_ratio`).
    ///
    /// An automatic ratio is 1 more than the provisioned capacity relative to the space that is used, to which 1 GiB is added so
    /// that it is not zero: the less of what was provisioned is really written, the more may be provisioned. It is 1 in a pool that
    /// is not thin, or that is down.
    ///
    /// - Parameter provisioned: the capacity that is provisioned in it and in the pools that share its space.
    public func overSubscriptionRatio(provisioned: ByteCount) -> Double {
        guard hasAutomaticRatio else { return overSubscriptionRatio }
        guard let capacity, capabilities?.isThin == true else { return 1 }
        guard provisioned > .zero else { return overSubscriptionRatio }
        let used = Double(capacity.total.subtracting(capacity.free).bytes)
        return 1 + Double(provisioned.bytes) / (used + Double(ByteCount.bytesPerGibibyte))
    }

    /// The remedies of ``problem``, best first.
    public var remedies: [Remedy] { Remedy.list(serviceRemedy, remedy) }
}
