internal import Synchronization

/// The optional features of a driver, each of which is a protocol.
public struct DriverFeatures: OptionSet, Sendable, Hashable {
    /// One bit per feature.
    public let rawValue: UInt16

    /// - Parameter rawValue: one bit per feature.
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

    /// ``ReadOnlyAttachingDriver``.
    public static let readOnly = DriverFeatures(rawValue: 1 << 10)
    /// ``ReadOnlyExportingDriver``.
    public static let readOnlyExport = DriverFeatures(rawValue: 1 << 11)

    private static let named: [(name: String, feature: DriverFeatures)] = [
        ("extend", .extend), ("snapshot", .snapshot), ("revert", .revert), ("clone", .clone), ("image", .image),
        ("attach", .attach), ("export", .export), ("manage", .manage), ("health", .health),
        ("mark", .mark), ("read-only", .readOnly), ("read-only-export", .readOnlyExport),
    ]

    /// All features.
    public static let all = DriverFeatures(named.map(\.feature))

    /// The feature with this name; `nil` if there is none.
    public init?(named name: String) {
        guard let feature = Self.named.first(where: { $0.name == name })?.feature else { return nil }
        self = feature
    }

    /// The names in the order of the contract.
    public var names: [String] { Self.named.filter { contains($0.feature) }.map(\.name) }
}

extension DriverFeatures: Codable {
    /// Decodes names, and ignores those of later versions' features.
    public init(from decoder: any Decoder) throws {
        let names = try decoder.singleValueContainer().decode([String].self)
        self.init(names.compactMap(Self.init(named:)))
    }

    /// Encodes the names.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(names)
    }
}

extension DriverFeatures: CustomStringConvertible {
    /// The names: `extend, snapshot`.
    public var description: String { names.joined(separator: ", ") }
}

/// The features of types of drivers. To find out whether a type conforms to a protocol costs more than all else that is done
/// with a pool's answer.
private let featuresOfTypes = Mutex<[ObjectIdentifier: DriverFeatures]>([:])

extension VolumeDriver {
    /// The features of the pool: the protocols that its driver's type conforms to, without those that the pool
    /// withholds.
    public var features: DriverFeatures {
        let type = ObjectIdentifier(type(of: self))
        if let known = featuresOfTypes.withLock({ $0[type] }) { return known.subtracting(withheldFeatures) }
        let found = conformances
        featuresOfTypes.withLock { $0[type] = found }
        return found.subtracting(withheldFeatures)
    }

    private var conformances: DriverFeatures {
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
        if self is any ReadOnlyAttachingDriver { features.insert(.readOnly) }
        if self is any ReadOnlyExportingDriver { features.insert(.readOnlyExport) }
        return features
    }

    /// This driver as an extending one. Throws `unsupported`.
    public var extending: any ExtendingDriver {
        get throws(DriverError) { try offered(self as? any ExtendingDriver, .extend) }
    }

    /// This driver as a snapshotting one. Throws `unsupported`.
    public var snapshotting: any SnapshottingDriver {
        get throws(DriverError) { try offered(self as? any SnapshottingDriver, .snapshot) }
    }

    /// This driver as a reverting one. Throws `unsupported`.
    public var reverting: any RevertingDriver {
        get throws(DriverError) { try offered(self as? any RevertingDriver, .revert) }
    }

    /// This driver as a cloning one. Throws `unsupported`.
    public var cloning: any CloningDriver {
        get throws(DriverError) { try offered(self as? any CloningDriver, .clone) }
    }

    /// This driver as an imaging one. Throws `unsupported`.
    public var imaging: any ImagingDriver {
        get throws(DriverError) { try offered(self as? any ImagingDriver, .image) }
    }

    /// This driver as an imaging one that reads snapshots, too. Throws `unsupported`.
    public var snapshotReading: any SnapshotReadingDriver {
        get throws(DriverError) {
            _ = try snapshotting
            if let driver = try imaging as? any SnapshotReadingDriver { return driver }
            throw DriverError(
                .unsupported,
                "the pool of driver '\(Self.kind)' can't save snapshots as images",
                remedy: "create a volume from the snapshot, and save that"
            )
        }
    }

    /// This driver as an attaching one. Throws `unsupported`.
    public var attaching: any AttachingDriver {
        get throws(DriverError) { try offered(self as? any AttachingDriver, .attach) }
    }

    /// This driver as an exporting one. Throws `unsupported`.
    public var exporting: any ExportingDriver {
        get throws(DriverError) { try offered(self as? any ExportingDriver, .export) }
    }

    /// This driver as a managing one. Throws `unsupported`.
    public var managing: any ManagingDriver {
        get throws(DriverError) { try offered(self as? any ManagingDriver, .manage) }
    }

    /// This driver as a health-checking one. Throws `unsupported`.
    public var healthChecking: any HealthCheckingDriver {
        get throws(DriverError) { try offered(self as? any HealthCheckingDriver, .health) }
    }

    /// This driver as a marking one. Throws `unsupported`.
    public var marking: any MarkingDriver {
        get throws(DriverError) { try offered(self as? any MarkingDriver, .mark) }
    }

    /// This driver as one that attaches read-only. Throws `unsupported`.
    public var readOnlyAttaching: any ReadOnlyAttachingDriver {
        get throws(DriverError) { try offered(self as? any ReadOnlyAttachingDriver, .readOnly) }
    }

    /// This driver as one that exports read-only. Throws `unsupported`.
    public var readOnlyExporting: any ReadOnlyExportingDriver {
        get throws(DriverError) { try offered(self as? any ReadOnlyExportingDriver, .readOnlyExport) }
    }

    private func offered<Driver>(_ driver: Driver?, _ feature: DriverFeatures) throws(DriverError) -> Driver {
        guard let driver, features.contains(feature) else {
            throw DriverError(
                .unsupported,
                "the pool of driver '\(Self.kind)' does not support '\(feature)'",
                cause: "it supports \(features.isEmpty ? "nothing beyond volumes" : features.description)",
                remedy: "use a pool that supports it"
            )
        }
        return driver
    }
}
