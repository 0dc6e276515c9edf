internal import VolumeDriver

/// A resource with a quota (`cinder: quota resource`). New nouns and volume types add names, not columns.
public struct QuotaResource: Sendable, Hashable, Codable {
    /// The name as it is stored and configured: `gigabytes`, or `gigabytes_ssd` for what volumes of type `ssd` use.
    public let name: String

    /// - Parameter name: the name as it is stored and configured.
    public init(name: String) { self.name = name }

    /// The number of volumes.
    public static let volumes = QuotaResource(name: "volumes")
    /// The total size of the volumes and snapshots.
    public static let gigabytes = QuotaResource(name: "gigabytes")
    /// The number of snapshots.
    public static let snapshots = QuotaResource(name: "snapshots")
    /// The number of groups.
    public static let groups = QuotaResource(name: "groups")
    /// The size of a single volume, which has a limit and no usage.
    public static let perVolumeGigabytes = QuotaResource(name: "per_volume_gigabytes")

    /// The resources that every project has, in the order in which they are shown.
    public static let general = [volumes, gigabytes, perVolumeGigabytes, snapshots, groups]
    /// The resources that are counted for each volume type, too, in the order in which they are shown.
    public static let ofEachType = [volumes, gigabytes, snapshots]

    /// The same resource, of the volumes of a type only (`cinder: volumes_TYPE`).
    public func of(type: String) -> QuotaResource { QuotaResource(name: "\(name)_\(type)") }

    /// The resource without its volume type.
    public var base: QuotaResource { parts.base }
    /// The name of the volume type whose volumes alone count; `nil` if all volumes do.
    public var type: String? { parts.type }
    /// Whether amounts are bytes rather than counts.
    public var isSize: Bool { base == .gigabytes || base == .perVolumeGigabytes }

    private var parts: (base: QuotaResource, type: String?) {
        for base in Self.ofEachType where name.hasPrefix(base.name + "_") {
            return (base, String(name.dropFirst(base.name.count + 1)))
        }
        return (self, nil)
    }

    /// An amount as text for people: `10 GiB`, `3`.
    public func text(_ amount: Int64) -> String {
        guard isSize, let size = ByteCount(bytes: amount) else { return "\(amount)" }
        return "\(size)"
    }
}
