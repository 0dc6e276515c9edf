internal import VolumeAPI
internal import VolumeDriver

/// The values that expressions can refer to, as `stats.free_capacity_gb` or `volume.size`, in Cinder's names.
struct ExpressionProperties: Sendable {
    /// The values of a volume that is to be created.
    struct Volume: Sendable, Hashable {
        var name: String?
        var project: String
        var type: String?
        var zone: String?
        /// In GiB; `nil` for a share of the free space.
        var size: Double?
    }

    private let report: PoolReport
    private let provisioned: ProvisionedCapacity
    private let volume: Volume?
    private let extraSpecs: ExtraSpecs
    private let ratio: Double?

    /// - Parameter ratio: how many times the pool's capacity may be provisioned; `nil` for what its configuration says.
    init(
        _ report: PoolReport,
        _ provisioned: ProvisionedCapacity,
        _ volume: Volume?,
        _ extraSpecs: ExtraSpecs,
        ratio: Double? = nil
    ) {
        (self.report, self.provisioned, self.volume, self.extraSpecs) = (report, provisioned, volume, extraSpecs)
        self.ratio = ratio
    }

    var hasVolume: Bool { volume != nil }

    static let namespaces = ["stats", "capabilities", "volume", "qos", "extra"]

    /// The value of `namespace.name`; `nil` if there is none.
    subscript(namespace: String, name: String) -> ExpressionValue? {
        switch namespace {
        case "stats": stats(name)
        case "capabilities": stats(name) ?? report.offered(name)?.first.map(ExpressionValue.init(reading:))
        case "volume": volume.flatMap { Self.value(name, of: $0) }
        case "qos": extraSpecs.values["qos:\(name)"].map(ExpressionValue.init(reading:))
        case "extra": extraSpecs.values[name].map(ExpressionValue.init(reading:))
        default: nil
        }
    }

    /// The value of an attribute of a pool; `nil` if there is none.
    func stats(_ name: String) -> ExpressionValue? {
        switch name {
        case "host", "pool_name": .text(report.name)
        case "volume_backend_name": report.offered(name)?.first.map(ExpressionValue.text)
        case "driver": .text(report.kind)
        case "availability_zone": report.placement?.zone.map(ExpressionValue.text)
        case "total_capacity_gb": report.capacity.map { .number($0.total.gibibytes) }
        case "free_capacity_gb": report.capacity.map { .number($0.free.gibibytes) }
        case "allocated_capacity_gb", "provisioned_capacity_gb": .number(provisioned.size.gibibytes)
        case "total_volumes": .number(Double(provisioned.volumes))
        case "reserved_percentage": .number(Double(report.reservedPercentage))
        case "max_over_subscription_ratio": .number(ratio ?? report.overSubscriptionRatio)
        case "thin_provisioning_support": report.capabilities.map { .truth($0.isThin) }
        case "thick_provisioning_support": report.capabilities.map { .truth(!$0.isThin) }
        default: nil
        }
    }

    private static func value(_ name: String, of volume: Volume) -> ExpressionValue? {
        switch name {
        case "size": volume.size.map(ExpressionValue.number)
        case "display_name", "name": .text(volume.name ?? "")
        case "project_id": .text(volume.project)
        case "volume_type": .text(volume.type ?? "")
        case "availability_zone": .text(volume.zone ?? "")
        default: nil
        }
    }
}
