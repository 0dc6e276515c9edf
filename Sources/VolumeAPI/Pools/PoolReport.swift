public import Identity
public import VolumeDriver

/// The report of a pool's driver about it, and the pool's configuration.
public struct PoolReport: Sendable, Hashable, Codable {
    /// The pool's name.
    public let name: String
    /// The kind of its driver.
    public let kind: String
    /// The reported capacity; `nil` when the pool is down.
    public let capacity: PoolCapacity?
    /// The reason why the pool is down; `nil` when it is up.
    public let problem: String?
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
    /// How many times its capacity may be provisioned if the pool is thin.
    public let overSubscriptionRatio: Double
    /// The percentage of its capacity that is never provisioned.
    public let reservedPercentage: Int
    private let remedy: String?
    private let serviceRemedy: DriverError.ServiceRemedy?
    /// The mark that identifies the pool; `nil` when it has none yet, its driver can't mark, or the pool is down.
    public let mark: PoolID?

    package init(
        name: String,
        kind: String,
        capacity: Result<PoolCapacity, DriverError>,
        capabilities: DriverCapabilities?,
        features: DriverFeatures? = nil,
        imageFormats: Set<ImageFormat>? = nil,
        extraCapabilities: [String: String] = [:],
        overSubscriptionRatio: Double,
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
        self.reservedPercentage = reservedPercentage
    }

    /// Every capability that a volume type may demand, each with the values that the pool has of it.
    package var offered: [String: [String]] {
        var offered = (extraCapabilities ?? [:])
            .mapValues { value in
                value.split(separator: ",").map { $0.trimmingPrefix { $0 == " " } }.map(String.init)
            }
        offered["volume_backend_name"] = offered["volume_backend_name"] ?? [name]
        offered["pool_name"] = [name]
        offered["driver"] = [kind]
        if let capabilities {
            offered["thin_provisioning_support"] = ["\(capabilities.isThin)"]
            offered["thick_provisioning_support"] = ["\(!capabilities.isThin)"]
        }
        if let features { offered["multiattach"] = ["\(!features.isDisjoint(with: [.attach, .export]))"] }
        return offered
    }

    /// The remedies of ``problem``, best first.
    public var remedies: [Remedy] { Remedy.list(serviceRemedy, remedy) }
}
