internal import VolumeAPI
internal import VolumeDriver

/// Amounts by resource; sizes in bytes.
typealias QuotaAmounts = [QuotaResource: Int64]

extension QuotaAmounts {
    /// The amounts of one volume of this size and type.
    static func volume(_ size: ByteCount, type: String?) -> Self {
        ([.volumes: 1, .gigabytes: size.bytes] as Self).counting(for: type)
    }

    /// The amounts of one snapshot of a volume of this size and type (`cinder: no_snapshot_gb_quota`).
    static func snapshot(_ size: ByteCount, type: String?) -> Self {
        ([.snapshots: 1, .gigabytes: size.bytes] as Self).counting(for: type)
    }

    /// The same amounts, which also count for a volume type (`cinder: add_volume_type_opts`).
    func counting(for type: String?) -> Self {
        guard let type else { return self }
        return reduce(into: self) { $0[$1.key.of(type: type)] = $1.value }
    }

    /// All amounts, sizes first: when several limits are exceeded, the error names the size (`cinder:
    /// process_reserve_over_quota`).
    var inOrder: [(resource: QuotaResource, amount: Int64)] {
        sorted { ($0.key.isSize ? 0 : 1, $0.key.name) < ($1.key.isSize ? 0 : 1, $1.key.name) }
            .map { (resource: $0.key, amount: $0.value) }
    }

    /// Adds other amounts; a sum is at most the largest amount.
    mutating func add(_ others: Self) {
        merge(others) { Int64(clamping: Int128($0) + Int128($1)) }
    }
}
