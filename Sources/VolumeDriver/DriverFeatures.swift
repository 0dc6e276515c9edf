/// What a driver can do beyond making and removing volumes. Each feature is a protocol.
public struct DriverFeatures: OptionSet, Sendable, Hashable {
    /// One bit a feature.
    public let rawValue: UInt16

    /// - Parameter rawValue: one bit a feature.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// ``ExtendingDriver``.
    public static let extend = DriverFeatures(rawValue: 1 << 0)
    /// ``SnapshottingDriver``.
    public static let snapshot = DriverFeatures(rawValue: 1 << 1)
    /// ``RevertingDriver``.
    public static let revert = DriverFeatures(rawValue: 1 << 2)
    /// ``CloningDriver``.
    public static let clone = DriverFeatures(rawValue: 1 << 3)
    /// ``ImagingDriver``.
    public static let image = DriverFeatures(rawValue: 1 << 4)
    /// ``AttachingDriver``.
    public static let attach = DriverFeatures(rawValue: 1 << 5)
    /// ``ExportingDriver``.
    public static let export = DriverFeatures(rawValue: 1 << 6)
    /// ``ManagingDriver``.
    public static let manage = DriverFeatures(rawValue: 1 << 7)
    /// ``HealthCheckingDriver``.
    public static let health = DriverFeatures(rawValue: 1 << 8)
    /// ``MarkingDriver``.
    public static let mark = DriverFeatures(rawValue: 1 << 9)

    private static let named: [(name: String, feature: DriverFeatures)] = [
        ("extend", .extend), ("snapshot", .snapshot), ("revert", .revert), ("clone", .clone), ("image", .image),
        ("attach", .attach), ("export", .export), ("manage", .manage), ("health", .health),
        ("mark", .mark),
    ]

    /// Every feature that there is.
    public static let all = DriverFeatures(named.map(\.feature))

    /// The feature with this name; `nil` when there is none.
    public init?(named name: String) {
        guard let feature = Self.named.first(where: { $0.name == name })?.feature else { return nil }
        self = feature
    }

    /// The features' names, in the order of the contract.
    public var names: [String] { Self.named.filter { contains($0.feature) }.map(\.name) }
}

extension DriverFeatures: Codable {
    /// Reads names; those of features that a later version knows are passed over.
    public init(from decoder: any Decoder) throws {
        let names = try decoder.singleValueContainer().decode([String].self)
        self.init(names.compactMap(Self.init(named:)))
    }

    /// Writes the features' names.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(names)
    }
}

extension DriverFeatures: CustomStringConvertible {
    /// The features' names: `extend, snapshot`.
    public var description: String { names.joined(separator: ", ") }
}

extension VolumeDriver {
    /// What the pool can do: what its type conforms to, without what it withholds. So nobody can claim what isn't there.
    public var features: DriverFeatures {
        var features: DriverFeatures = []
        if self is any ExtendingDriver { features.insert(.extend) }
        if self is any SnapshottingDriver { features.insert(.snapshot) }
        if self is any RevertingDriver { features.insert(.revert) }
        if self is any CloningDriver { features.insert(.clone) }
        if self is any ImagingDriver { features.insert(.image) }
        if self is any AttachingDriver { features.insert(.attach) }
        if self is any ExportingDriver { features.insert(.export) }
        if self is any ManagingDriver { features.insert(.manage) }
        if self is any HealthCheckingDriver { features.insert(.health) }
        if self is any MarkingDriver { features.insert(.mark) }
        return features.subtracting(withheldFeatures)
    }

    /// This driver, to extend volumes. Throws `unsupported`.
    public var extending: any ExtendingDriver {
        get throws(DriverError) { try offered(self as? any ExtendingDriver, .extend) }
    }

    /// This driver, to make snapshots. Throws `unsupported`.
    public var snapshotting: any SnapshottingDriver {
        get throws(DriverError) { try offered(self as? any SnapshottingDriver, .snapshot) }
    }

    /// This driver, to revert volumes to snapshots. Throws `unsupported`.
    public var reverting: any RevertingDriver {
        get throws(DriverError) { try offered(self as? any RevertingDriver, .revert) }
    }

    /// This driver, to clone volumes. Throws `unsupported`.
    public var cloning: any CloningDriver {
        get throws(DriverError) { try offered(self as? any CloningDriver, .clone) }
    }

    /// This driver, to transfer images. Throws `unsupported`.
    public var imaging: any ImagingDriver {
        get throws(DriverError) { try offered(self as? any ImagingDriver, .image) }
    }

    /// This driver, to attach volumes. Throws `unsupported`.
    public var attaching: any AttachingDriver {
        get throws(DriverError) { try offered(self as? any AttachingDriver, .attach) }
    }

    /// This driver, to export volumes. Throws `unsupported`.
    public var exporting: any ExportingDriver {
        get throws(DriverError) { try offered(self as? any ExportingDriver, .export) }
    }

    /// This driver, to take over and let go of objects. Throws `unsupported`.
    public var managing: any ManagingDriver {
        get throws(DriverError) { try offered(self as? any ManagingDriver, .manage) }
    }

    /// This driver, to set up and to check its pool. Throws `unsupported`.
    public var healthChecking: any HealthCheckingDriver {
        get throws(DriverError) { try offered(self as? any HealthCheckingDriver, .health) }
    }

    /// This driver, to mark its pool and to know it again. Throws `unsupported`.
    public var marking: any MarkingDriver {
        get throws(DriverError) { try offered(self as? any MarkingDriver, .mark) }
    }

    private func offered<Driver>(_ driver: Driver?, _ feature: DriverFeatures) throws(DriverError) -> Driver {
        guard let driver, features.contains(feature) else {
            throw DriverError(
                .unsupported,
                "the pool of driver '\(Self.kind)' does not offer '\(feature)'",
                cause: "it offers: \(features.isEmpty ? "nothing beyond volumes" : features.description)",
                remedy: "use a pool that does; what a pool offers is shown with it"
            )
        }
        return driver
    }
}
