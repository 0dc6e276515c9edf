internal import VolumeAPI
internal import VolumeDriver

/// A resource with a quota (`cinder: quota resource`). New nouns and volume types add names, not columns.
struct QuotaResource: Sendable, Hashable, Codable {
    /// The name as it is stored and configured.
    let name: String

    /// The number of volumes.
    static let volumes = QuotaResource(name: "volumes")
    /// The total size of the volumes.
    static let gigabytes = QuotaResource(name: "gigabytes")
    /// The number of snapshots.
    static let snapshots = QuotaResource(name: "snapshots")
    /// The size of a single volume, which has a limit and no usage.
    static let perVolumeGigabytes = QuotaResource(name: "per_volume_gigabytes")

    /// Whether amounts are bytes rather than counts.
    var isSize: Bool { Self.sizePrefixes.contains(where: name.hasPrefix) }

    private static let sizePrefixes = [gigabytes.name, perVolumeGigabytes.name]

    /// An amount as text for people: `10 GiB`, `3`.
    func text(_ amount: Int64) -> String {
        guard isSize, let size = ByteCount(bytes: amount) else { return "\(amount)" }
        return "\(size)"
    }
}

/// Amounts by resource; sizes in bytes.
typealias QuotaAmounts = [QuotaResource: Int64]

extension QuotaAmounts {
    /// The amounts of one volume of this size.
    static func volume(_ size: ByteCount) -> Self { [.volumes: 1, .gigabytes: size.bytes] }

    /// The amounts of one snapshot of a volume of this size (`cinder: no_snapshot_gb_quota`).
    static func snapshot(_ size: ByteCount) -> Self { [.snapshots: 1, .gigabytes: size.bytes] }

    /// All amounts, sizes first: when several limits are exceeded, the error names the size (`cinder:
    /// process_reserve_over_quota`).
    var inOrder: [(resource: QuotaResource, amount: Int64)] {
        sorted { ($0.key.isSize ? 0 : 1, $0.key.name) < ($1.key.isSize ? 0 : 1, $1.key.name) }
            .map { (resource: $0.key, amount: $0.value) }
    }
}

/// A request that would exceed a project's quota.
struct QuotaExceeded: Error {
    let resource: QuotaResource
    let project: String
    /// The usage and the reservations; `nil` where the amount alone exceeds the limit.
    let promised: (inUse: Int64, reserved: Int64)?
    /// The additional amount that was requested.
    let asked: Int64
    let limit: Int64

    /// The smallest limit that would suffice, as a count or in whole GiB.
    var sufficientLimit: Int64 {
        let sum = Int128(asked) + Int128(promised?.inUse ?? 0) + Int128(promised?.reserved ?? 0)
        let unit = resource.isSize ? Int128(ByteCount.bytesPerGibibyte) : 1
        return Int64(clamping: (sum + unit - 1) / unit)
    }

    /// The numbers that were compared.
    var numbers: String {
        let (asked, limit) = (resource.text(asked), resource.text(limit))
        guard let (inUse, reserved) = promised else {
            return "quota \"\(resource.name)\" is \(limit), requested: \(asked)"
        }
        return "\(resource.text(inUse)) in use + \(resource.text(reserved)) reserved + \(asked) requested > "
            + "limit \(limit)"
    }
}
